"""Makes the models and inputs that all engines get: the same table as DMN and as Zen's JDM, and the inputs as JSON."""

import decimal
import json
import pathlib
import random
import xml.etree.ElementTree as ElementTree

MODEL = "https://www.omg.org/spec/DMN/20230324/MODEL/"
INPUTS = 1024
STRINGS = 12
EXPRESSION = 'price * (1 - discount) >= 40 and seg = "a"'


def make_rows(count, chance):
    """Rows of three texts, one in five of them any, and three ranges: [from..to)."""
    rows = []
    for _ in range(count):
        texts = [None if chance.randrange(5) == 0 else f"v{chance.randrange(STRINGS)}" for _ in range(3)]
        starts = [chance.randrange(900) for _ in range(3)]
        rows.append((texts, [(start, start + 100 + chance.randrange(400)) for start in starts]))
    return rows


def scan(rows, row_input):
    """What the table answers, by looking at one row after the other."""
    for number, (texts, ranges) in enumerate(rows):
        fits = all(text in (None, row_input[f"column_{at}"]) for at, text in enumerate(texts))
        if fits and all(low <= row_input[f"column_{at + 3}"] < high for at, (low, high) in enumerate(ranges)):
            return f"row {number}"
    return None


def cells(texts, ranges, anything):
    return [anything if text is None else f'"{text}"' for text in texts] + [f"[{low}..{high})" for low, high in ranges]


def table_dmn(rows):
    out = [f'<definitions xmlns="{MODEL}" name="peers" namespace="peers">']
    for at in range(6):
        kind = "string" if at < 3 else "number"
        out.append(f'<inputData id="i{at}" name="column_{at}"><variable name="column_{at}" typeRef="{kind}"/></inputData>')
    out.append('<decision id="d" name="Decide"><variable name="Decide" typeRef="string"/>')
    for at in range(6):
        out.append(f'<informationRequirement id="n{at}"><requiredInput href="#i{at}"/></informationRequirement>')
    out.append('<decisionTable id="t" hitPolicy="FIRST">')
    for at in range(6):
        out.append(f'<input id="c{at}"><inputExpression id="x{at}"><text>column_{at}</text></inputExpression></input>')
    out.append('<output id="o"/>')
    for number, row in enumerate(rows):
        entries = "".join(f"<inputEntry><text>{cell}</text></inputEntry>" for cell in cells(*row, "-"))
        out.append(f'<rule id="r{number}">{entries}<outputEntry><text>"row {number}"</text></outputEntry></rule>')
    out.append("</decisionTable></decision></definitions>")
    return "".join(out)


def graph_jdm(kind, name, content):
    """A graph of one node between request and response."""
    nodes = [
        {"id": "request", "type": "inputNode", "name": "request", "content": {"schema": ""}},
        {"id": "node", "type": kind, "name": name, "content": content},
        {"id": "response", "type": "outputNode", "name": "response", "content": {}},
    ]
    for node in nodes:
        node["position"] = {"x": 0, "y": 0}
    edges = [
        {"id": "e1", "type": "edge", "sourceId": "request", "targetId": "node"},
        {"id": "e2", "type": "edge", "sourceId": "node", "targetId": "response"},
    ]
    return json.dumps({"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges})


def table_jdm(rows):
    rules = []
    for number, row in enumerate(rows):
        rule = {f"c{at}": cell for at, cell in enumerate(cells(*row, ""))}
        rules.append({"_id": f"r{number}", **rule, "out": f'"row {number}"'})
    columns = [{"id": f"c{at}", "name": f"column {at}", "field": f"column_{at}"} for at in range(6)]
    outputs = [{"id": "out", "name": "result", "field": "result"}]
    return graph_jdm(
        "decisionTableNode", "Decide", {"hitPolicy": "first", "inputs": columns, "outputs": outputs, "rules": rules}
    )


def table_task(folder, count):
    chance = random.Random(7)
    rows = make_rows(count, chance)
    inputs = []
    for _ in range(INPUTS):
        texts = {f"column_{at}": f"v{chance.randrange(STRINGS)}" for at in range(3)}
        inputs.append(texts | {f"column_{at}": chance.randrange(1400) for at in range(3, 6)})
    base = folder / f"table-{count}"
    base.with_suffix(".dmn").write_text(table_dmn(rows))
    base.with_suffix(".jdm.json").write_text(table_jdm(rows))
    base.with_suffix(".json").write_text(json.dumps(inputs))
    return {
        "name": base.name,
        "kind": "decision",
        "question": f"table of {count:,} rows x 6",
        "dmn": str(base.with_suffix(".dmn")),
        "jdm": str(base.with_suffix(".jdm.json")),
        "goal": "Decide",
        "output": "result",
        "inputs": str(base.with_suffix(".json")),
        "expected": [scan(rows, each) for each in inputs],
    }


def expression_tasks(folder):
    """The expression by itself, and as the whole of a decision."""
    chance = random.Random(11)
    inputs = [
        {"price": chance.randrange(2000, 12000) / 100, "discount": chance.randrange(50) / 100, "seg": chance.choice("abc")}
        for _ in range(INPUTS)
    ]
    exact = [{name: decimal.Decimal(str(value)) if name != "seg" else value for name, value in each.items()} for each in inputs]
    expected = [each["price"] * (1 - each["discount"]) >= 40 and each["seg"] == "a" for each in exact]
    path = folder / "expression.json"
    path.write_text(json.dumps(inputs))
    names = {"price": "number", "discount": "number", "seg": "string"}
    dmn = [f'<definitions xmlns="{MODEL}" name="expression" namespace="expression">']
    for name, kind in names.items():
        dmn.append(f'<inputData id="{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/></inputData>')
    dmn.append('<decision id="d" name="Decide"><variable name="Decide" typeRef="boolean"/>')
    for name in names:
        dmn.append(f'<informationRequirement id="n-{name}"><requiredInput href="#{name}"/></informationRequirement>')
    text = EXPRESSION.replace(">", "&gt;")
    dmn.append(f"<literalExpression><text>{text}</text></literalExpression></decision></definitions>")
    (folder / "expression.dmn").write_text("".join(dmn))
    zen = EXPRESSION.replace('seg = "a"', 'seg == "a"')
    jdm = {"expressions": [{"id": "x", "key": "result", "value": zen}]}
    (folder / "expression.jdm.json").write_text(graph_jdm("expressionNode", "Decide", jdm))
    common = {"inputs": str(path), "expected": expected}
    return [
        {"name": "expression", "kind": "expression", "question": "the expression", "feel": EXPRESSION, "zen": zen,
         "types": names, **common},
        {"name": "expression-decision", "kind": "decision", "question": "the expression as a decision",
         "dmn": str(folder / "expression.dmn"), "jdm": str(folder / "expression.jdm.json"), "goal": "Decide",
         "output": "result", **common},
    ]  # fmt: skip


def local(element):
    return element.tag.rpartition("}")[2]


def read_value(element):
    """A value of a TCK test file as JSON; only what the lending model's inputs need."""
    children = list(element)
    if children and local(children[0]) == "value":
        kind = next((value for name, value in children[0].attrib.items() if name.endswith("}type")), "")
        text = (children[0].text or "").strip()
        if kind.endswith(":boolean"):
            return text == "true"
        return float(text) if kind.endswith((":decimal", ":double", ":integer")) else text
    return {each.get("name"): read_value(each) for each in children if local(each) == "component"}


def lending_task(folder, kit):
    """The TCK's lending model: all its decisions, on the inputs of all its test cases."""
    model = kit / "compliance-level-3/0004-lending/0004-lending.dmn"
    inputs = []
    for tests in sorted(model.parent.glob("*.xml")):
        for case in ElementTree.parse(tests).getroot():
            if local(case) == "testCase":
                inputs.append({each.get("name"): read_value(each) for each in case if local(each) == "inputNode"})
    path = folder / "lending.json"
    path.write_text(json.dumps(inputs))
    return {
        "name": "lending",
        "kind": "all",
        "question": "the TCK's lending model, all decisions",
        "dmn": str(model),
        "inputs": str(path),
    }


def make(folder, kit):
    """All tasks; the lending model's only where the TCK is."""
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [*expression_tasks(folder), table_task(folder, 100), table_task(folder, 4000)]
    if kit and pathlib.Path(kit, "compliance-level-3/0004-lending").is_dir():
        tasks.append(lending_task(folder, pathlib.Path(kit)))
    return tasks
