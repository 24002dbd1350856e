package peers;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.kie.dmn.api.core.DMNContext;
import org.kie.dmn.api.core.DMNDecisionResult;
import org.kie.dmn.api.core.DMNModel;
import org.kie.dmn.api.core.DMNRuntime;
import org.kie.dmn.api.core.event.AfterEvaluateDecisionEvent;
import org.kie.dmn.api.core.event.AfterEvaluateDecisionTableEvent;
import org.kie.dmn.api.core.event.DMNRuntimeEventListener;
import org.kie.dmn.core.internal.utils.DMNRuntimeBuilder;
import org.kie.dmn.feel.FEEL;
import org.kie.dmn.feel.lang.CompiledExpression;
import org.kie.dmn.feel.lang.CompilerContext;
import org.kie.dmn.feel.lang.types.BuiltInType;
import org.kie.dmn.feel.parser.feel11.profiles.DoCompileFEELProfile;
import org.kie.internal.io.ResourceFactory;

/** Drools as a peer: reads the job that run.py wrote, prints answers and times as one JSON object. */
public final class Bench {
    private static final ObjectMapper JSON =
        new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private final JsonNode job;

    private Bench(JsonNode job) {
        this.job = job;
    }

    public static void main(String[] arguments) throws Exception {
        Bench bench = new Bench(JSON.readTree(new File(arguments[0])));
        Map<String, Object> tasks = new LinkedHashMap<>();
        for (JsonNode task : bench.job.get("tasks")) {
            tasks.put(task.get("name").asText(), bench.run(task));
        }
        String version = DMNRuntime.class.getPackage().getImplementationVersion();
        System.out.println(JSON.writeValueAsString(Map.of("engine", "Drools " + version, "tasks", tasks)));
    }

    private Map<String, Object> run(JsonNode task) throws Exception {
        List<Map<String, Object>> inputs = new ArrayList<>();
        for (JsonNode each : JSON.readTree(new File(task.get("inputs").asText()))) {
            inputs.add(asMap(each));
        }
        return task.get("kind").asText().equals("expression") ? expression(task, inputs) : model(task, inputs);
    }

    private Map<String, Object> expression(JsonNode task, List<Map<String, Object>> inputs) {
        // Compiled to Java classes: the fastest that Drools has.
        FEEL feel = FEEL.newInstance(Bench.class.getClassLoader(), List.of(new DoCompileFEELProfile()));
        CompilerContext context = feel.newCompilerContext();
        task.get("types").fields().forEachRemaining(each ->
            context.addInputVariableType(
                each.getKey(),
                each.getValue().asText().equals("number") ? BuiltInType.NUMBER : BuiltInType.STRING));
        CompiledExpression compiled = feel.compile(task.get("feel").asText(), context);
        Function<Map<String, Object>, Object> evaluate = input -> feel.evaluate(compiled, input);
        return Map.of(
            "answers", inputs.stream().map(evaluate).toList(),
            "ns", Map.of("plain", time(evaluate::apply, inputs)));
    }

    private Map<String, Object> model(JsonNode task, List<Map<String, Object>> inputs) {
        long start = System.nanoTime();
        DMNRuntime runtime = load(task.get("dmn").asText());
        DMNModel model = runtime.getModels().get(0);
        boolean all = task.get("kind").asText().equals("all");
        String goal = all ? "" : task.get("goal").asText();
        Function<Map<String, Object>, Object> evaluate = input -> {
            DMNContext context = runtime.newContext();
            input.forEach(context::set);
            return all ? decisions(runtime.evaluateAll(model, context).getDecisionResults())
                       : runtime.evaluateByName(model, context, goal).getDecisionResultByName(goal).getResult();
        };
        evaluate.apply(inputs.get(0));
        double loadMs = (System.nanoTime() - start) / 1e6;
        List<Object> answers = new ArrayList<>();
        inputs.forEach(each -> answers.add(evaluate.apply(each)));
        Object plain = time(evaluate::apply, inputs);
        Trace trace = new Trace();
        runtime.addListener(trace);
        Object explain = time(input -> {
            trace.clear();
            evaluate.apply(input);
        }, inputs);
        Map<String, Object> result = new HashMap<>();
        result.put("answers", answers);
        result.put("load_ms", loadMs);
        result.put("ns", Map.of("plain", plain, "explain", explain));
        return result;
    }

    static DMNRuntime load(String path) {
        return DMNRuntimeBuilder.fromDefaults()
            .buildConfiguration()
            .fromResources(List.of(ResourceFactory.newFileResource(path)))
            .getOrElseThrow(failure -> new IllegalStateException("cannot load " + path, failure));
    }

    private static Object decisions(List<DMNDecisionResult> results) {
        Map<String, Object> values = new HashMap<>();
        results.forEach(each -> values.put(each.getDecisionName(), each.getResult()));
        return values;
    }

    /** What Drools offers for explanations: rows that matched, and the value of each decision. */
    private static final class Trace implements DMNRuntimeEventListener {
        private final List<Object> facts = new ArrayList<>();

        void clear() {
            facts.clear();
        }

        @Override
        public void afterEvaluateDecisionTable(AfterEvaluateDecisionTableEvent event) {
            facts.add(event.getDecisionTableName());
            facts.add(event.getMatches());
            facts.add(event.getSelected());
        }

        @Override
        public void afterEvaluateDecision(AfterEvaluateDecisionEvent event) {
            String name = event.getDecision().getName();
            facts.add(name);
            facts.add(event.getResult().getDecisionResultByName(name).getResult());
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> asMap(JsonNode node) {
        return (Map<String, Object>) exact(node);
    }

    /** With numbers as FEEL has them, so that no engine converts while it is timed. */
    private static Object exact(JsonNode node) {
        if (node.isObject()) {
            Map<String, Object> map = new LinkedHashMap<>();
            node.fields().forEachRemaining(each -> map.put(each.getKey(), exact(each.getValue())));
            return map;
        }
        return node.isNumber() ? node.decimalValue() : node.isBoolean() ? node.booleanValue() : node.asText();
    }

    private static long cpuNs() {
        var machine = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return machine.getProcessCpuTime();
    }

    /** Times of one evaluation in ns: over rounds, each a pass over a chunk of the inputs. */
    private Map<String, Object> time(Consumer<Map<String, Object>> evaluate, List<Map<String, Object>> inputs) {
        double roundNs = job.get("round_ms").asDouble() * 1e6;
        Passes passes = new Passes(evaluate, inputs);
        long end = System.nanoTime() + (long) (job.get("warm_up_seconds").asDouble() * 1e9);
        while (System.nanoTime() < end) {
            passes.size = (int) Math.max(1, Math.min(1_000_000, roundNs / passes.run()));
        }
        List<Double> rounds = new ArrayList<>();
        long cpu = cpuNs();
        for (int round = 0; round < job.get("rounds").asInt(); ++round) {
            rounds.add(passes.run());
        }
        double used = (double) (cpuNs() - cpu) / rounds.size() / passes.size;
        Collections.sort(rounds);
        return Map.of("median", rounds.get(rounds.size() / 2), "best", rounds.get(0), "cpu", used);
    }

    private static final class Passes {
        private final Consumer<Map<String, Object>> evaluate;
        private final List<Map<String, Object>> inputs;
        private int at;
        int size = 1;

        Passes(Consumer<Map<String, Object>> evaluate, List<Map<String, Object>> inputs) {
            this.evaluate = evaluate;
            this.inputs = inputs;
        }

        double run() {
            long start = System.nanoTime();
            for (int count = 0; count < size; ++count) {
                evaluate.accept(inputs.get(at));
                at = at + 1 == inputs.size() ? 0 : at + 1;
            }
            return (double) (System.nanoTime() - start) / size;
        }
    }
}
