package peers;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.kie.api.io.Resource;
import org.kie.dmn.api.core.DMNContext;
import org.kie.dmn.api.core.DMNDecisionResult;
import org.kie.dmn.api.core.DMNMessage;
import org.kie.dmn.api.core.DMNModel;
import org.kie.dmn.api.core.DMNResult;
import org.kie.dmn.api.core.DMNRuntime;
import org.kie.dmn.api.core.ast.DMNNode;
import org.kie.dmn.api.core.ast.DecisionNode;
import org.kie.dmn.core.ast.DMNBaseNode;
import org.kie.dmn.core.compiler.RuntimeTypeCheckOption;
import org.kie.dmn.core.impl.DMNModelImpl;
import org.kie.dmn.core.internal.utils.DMNRuntimeBuilder;
import org.kie.dmn.feel.FEEL;
import org.kie.dmn.feel.lang.impl.FEELBuilder;
import org.kie.dmn.feel.util.TypeUtil;
import org.kie.internal.io.ResourceFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Asks Drools what the DMN TCK asks: writes each test file again with Drools' answers as the expected ones, and adds
 * the other decisions of its model wherever their inputs are ones that nobody has asked them with. Nothing is written
 * for what the format cannot hold (functions, ranges), for what Drools refuses to load, and for what it throws at.
 */
public final class Tck {
    private static final String XSI = "http://www.w3.org/2001/XMLSchema-instance";
    private static final FEEL FEEL_ENGINE = FEELBuilder.builder().build();

    private final Path kit;
    private final Path out;

    private Tck(Path kit, Path out) {
        this.kit = kit;
        this.out = out;
    }

    public static void main(String[] arguments) throws Exception {
        Tck tck = new Tck(Path.of(arguments[0]), Path.of(arguments[1]));
        try (Stream<Path> files = Files.walk(tck.kit)) {
            for (Path each : files.filter(path -> path.toString().endsWith(".xml")).sorted().toList()) {
                tck.run(each);
            }
        }
    }

    private void run(Path tests) throws Exception {
        Document document = DocumentBuilderFactory.newDefaultNSInstance().newDocumentBuilder().parse(tests.toFile());
        if (!document.getDocumentElement().getLocalName().equals("testCases")) {
            return;
        }
        Path path = tests.resolveSibling(children(document.getDocumentElement(), "modelName").get(0).getTextContent());
        DMNRuntime runtime;
        DMNModel model;
        try {
            runtime = load(path);
            model = find(runtime, path);
        } catch (RuntimeException failure) {
            System.err.println("cannot load " + path + ": " + failure.getMessage());
            return;
        }
        List<Element> cases = children(document.getDocumentElement(), "testCase");
        Set<String> asked = new HashSet<>();
        for (Element test : cases) {
            for (Element node : children(test, "resultNode")) {
                asked.add(question(model.getDecisionByName(node.getAttribute("name")), test));
            }
        }
        for (Element test : cases) {
            answer(test, runtime, model);
            if (!test.getAttribute("type").equals("decisionService")) {
                answerMore(test, runtime, model, asked);
            }
        }
        write(document, tests, path);
    }

    private void write(Document document, Path tests, Path model) throws Exception {
        Path target = out.resolve(kit.relativize(tests));
        Files.createDirectories(target.getParent());
        try (Stream<Path> models = Files.list(model.getParent())) {
            for (Path each : models.filter(path -> path.toString().endsWith(".dmn")).toList()) {
                Files.copy(each, target.resolveSibling(each.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        TransformerFactory.newInstance()
            .newTransformer()
            .transform(new DOMSource(document), new StreamResult(target.toFile()));
    }

    /** The model with all others of its folder. */
    private static DMNRuntime load(Path model) {
        List<Resource> resources = new ArrayList<>();
        try (Stream<Path> models = Files.list(model.getParent())) {
            models.filter(path -> path.toString().endsWith(".dmn"))
                .sorted()
                .forEach(path -> resources.add(
                    ResourceFactory.newFileResource(path.toFile()).setSourcePath(path.toString())));
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
        return DMNRuntimeBuilder.fromDefaults()
            .setOption(new RuntimeTypeCheckOption(true))
            .buildConfiguration()
            .fromResources(resources)
            .getOrElseThrow(IllegalStateException::new);
    }

    private static DMNModel find(DMNRuntime runtime, Path path) {
        return runtime.getModels()
            .stream()
            .filter(each -> each.getResource().getSourcePath().equals(path.toString()))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("it is not among the models loaded"));
    }

    private static void answer(Element test, DMNRuntime runtime, DMNModel model) {
        String service = test.getAttribute("type").equals("decisionService") ? test.getAttribute("invocableName") : "";
        for (Element node : children(test, "resultNode")) {
            String name = node.getAttribute("name");
            if (!put(node, service.isEmpty() ? decision(runtime, model, test, name)
                                             : service(runtime, model, test, service, name))) {
                test.removeChild(node);
            }
        }
    }

    private static void answerMore(Element test, DMNRuntime runtime, DMNModel model, Set<String> asked) {
        for (DecisionNode each : model.getDecisions()) {
            if (!each.getModelNamespace().equals(model.getNamespace()) || !asked.add(question(each, test))) {
                continue;
            }
            Element node = element(test, "resultNode");
            node.setAttribute("name", each.getName());
            node.setAttribute("type", "decision");
            if (put(node, decision(runtime, model, test, each.getName()))) {
                test.appendChild(node);
            }
        }
    }

    /** The decision, and what the test gives for the input data that it builds on. */
    private static String question(DecisionNode decision, Element test) {
        if (decision == null) {
            return "";
        }
        Set<String> names = new HashSet<>();
        collect(decision, names);
        StringBuilder text = new StringBuilder(decision.getName());
        for (Element input : children(test, "inputNode")) {
            if (names.contains(input.getAttribute("name"))) {
                text.append('\n').append(input.getAttribute("name")).append('=').append(read(input));
            }
        }
        return text.toString();
    }

    private static void collect(DMNNode node, Set<String> names) {
        if (names.add(node.getName()) && node instanceof DMNBaseNode inner) {
            inner.getDependencies().values().forEach(each -> collect(each, names));
        }
    }

    /** An answer that may be null, or none because of an exception; and what Drools had to say. */
    private record Answer(Object value, boolean given, String cause) {
        static Answer of(DMNResult result, String name) {
            DMNDecisionResult decision = result.getDecisionResultByName(name);
            String cause = result.getMessages().stream().map(DMNMessage::getText).collect(Collectors.joining("; "));
            return new Answer(decision == null ? null : decision.getResult(), decision != null, cause);
        }

        static Answer none(DMNModel model, String name, Throwable failure) {
            System.err.println("cannot evaluate \"" + name + "\" of " + model.getName() + ": " + failure);
            return new Answer(null, false, "");
        }
    }

    private static Answer decision(DMNRuntime runtime, DMNModel model, Element test, String name) {
        try {
            return Answer.of(runtime.evaluateByName(model, context(runtime, model, test), name), name);
        } catch (RuntimeException | StackOverflowError failure) {
            return Answer.none(model, name, failure);
        }
    }

    private static Answer service(DMNRuntime runtime, DMNModel model, Element test, String service, String name) {
        try {
            return Answer.of(runtime.evaluateDecisionService(model, context(runtime, model, test), service), name);
        } catch (RuntimeException | StackOverflowError failure) {
            return Answer.none(model, service, failure);
        }
    }

    private static DMNContext context(DMNRuntime runtime, DMNModel model, Element test) {
        DMNContext context = runtime.newContext();
        Map<String, Map<String, Object>> imported = new HashMap<>();
        for (Element input : children(test, "inputNode")) {
            String namespace = input.getAttribute("namespace");
            var alias = ((DMNModelImpl) model).getImportAliasesForNS().get(namespace);
            if (namespace.isEmpty() || namespace.equals(model.getNamespace()) || alias == null) {
                context.set(input.getAttribute("name"), read(input));
            } else {
                imported.computeIfAbsent(alias.getLocalPart(), any -> new LinkedHashMap<>())
                    .put(input.getAttribute("name"), read(input));
            }
        }
        imported.forEach(context::set);
        return context;
    }

    // ---- values of the test format ----

    private static Object read(Element node) {
        Map<String, Object> components = new LinkedHashMap<>();
        for (Element each : children(node, null)) {
            switch (each.getLocalName()) {
                case "value":
                    return nil(each) ? null : simple(each);
                case "list":
                    return nil(each) ? null : new ArrayList<>(children(each, "item").stream().map(Tck::read).toList());
                case "component":
                    components.put(each.getAttribute("name"), nil(each) ? null : read(each));
                    break;
                default:
            }
        }
        return components.isEmpty() ? null : components;
    }

    private static Object simple(Element value) {
        String type = value.getAttributeNS(XSI, "type").replaceAll(".*:", "");
        String text = value.getTextContent();
        return switch (type) {
            case "boolean" -> text.trim().equals("true") || text.trim().equals("1");
            case "decimal", "double", "integer", "int", "float" -> new BigDecimal(text.trim());
            case "date" -> FEEL_ENGINE.evaluate("date(\"" + text.trim() + "\")");
            case "time" -> FEEL_ENGINE.evaluate("time(\"" + text.trim() + "\")");
            case "dateTime" -> FEEL_ENGINE.evaluate("date and time(\"" + text.trim() + "\")");
            case "duration" -> FEEL_ENGINE.evaluate("duration(\"" + text.trim() + "\")");
            default -> text;
        };
    }

    private static boolean nil(Element node) {
        return node.getAttributeNS(XSI, "nil").equals("true");
    }

    /** Replaces what is expected by `answer`; false where the format cannot hold it. */
    private static boolean put(Element node, Answer answer) {
        if (!answer.given()) {
            return false;
        }
        node.removeAttribute("errorResult");
        node.setAttribute("cause", answer.cause());
        children(node, null).forEach(node::removeChild);
        Element expected = element(node, "expected");
        node.appendChild(expected);
        return put(expected, answer.value());
    }

    private static boolean put(Element parent, Object value) {
        if (value instanceof Collection<?> items) {
            Element list = child(parent, "list");
            return items.stream().allMatch(each -> put(child(list, "item"), each));
        }
        if (value instanceof Map<?, ?> entries) {
            return entries.entrySet().stream().allMatch(each -> {
                Element component = child(parent, "component");
                component.setAttribute("name", each.getKey().toString());
                return put(component, each.getValue());
            });
        }
        Element simple = child(parent, "value");
        String type = type(value);
        if (value == null) {
            simple.setAttributeNS(XSI, "xsi:nil", "true");
        } else if (type.isEmpty()) {
            return false;
        } else {
            simple.setAttributeNS(XSI, "xsi:type", "xsd:" + type);
            simple.setTextContent(text(value));
        }
        return true;
    }

    private static String type(Object value) {
        if (value instanceof Number) {
            return "decimal";
        }
        if (value instanceof Boolean) {
            return "boolean";
        }
        if (value instanceof String || value instanceof Character) {
            return "string";
        }
        if (value instanceof LocalDate) {
            return "date";
        }
        if (value instanceof TemporalAmount) {
            return "duration";
        }
        if (value instanceof TemporalAccessor moment) {
            return moment.isSupported(ChronoField.YEAR) ? "dateTime" : "time";
        }
        return "";
    }

    private static String text(Object value) {
        if (value instanceof Number) {
            return new BigDecimal(value.toString()).toPlainString();
        }
        if (value instanceof LocalDateTime moment) {
            return DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(moment);
        }
        if (value instanceof ZonedDateTime moment) {
            boolean offset = moment.getZone() instanceof ZoneOffset;
            return text(moment.toLocalDateTime()) + (offset ? "" : "@") + moment.getZone().getId();
        }
        if (value instanceof TemporalAmount || type(value).equals("time")) {
            return TypeUtil.formatValue(value, false);
        }
        return value.toString();
    }

    // ---- XML ----

    private static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        for (Node each = parent.getFirstChild(); each != null; each = each.getNextSibling()) {
            if (each instanceof Element element && (name == null || name.equals(element.getLocalName()))) {
                found.add(element);
            }
        }
        return found;
    }

    private static Element element(Node beside, String name) {
        return beside.getOwnerDocument().createElementNS(beside.getOwnerDocument().getDocumentElement().getNamespaceURI(), name);
    }

    private static Element child(Element parent, String name) {
        Element made = element(parent, name);
        parent.appendChild(made);
        return made;
    }
}
