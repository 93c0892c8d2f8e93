import { describe, expect, test } from "vitest";
import { type ComparedCell, diffNotebooks } from "../../src/compare/notebookDiff";

function cell(source: string, facts: Partial<ComparedCell> = {}): ComparedCell {
  return { kind: "code", source, outputsText: "", images: [], failed: false, ...facts };
}

const LOAD = cell("import numpy as np\ndata = np.load('train.npz')");
const FIT = cell("model = Classifier(trees=100)\nmodel.fit(data.x, data.y)", { outputsText: "fitted" });
const SCORE = cell("score = model.score(test.x, test.y)\nprint(score)", { outputsText: "0.95" });
const PLOT = cell("figure = draw(model)\nfigure.show()", { images: ["aaa"] });
const TITLE = cell("# Training of the digits model", { kind: "markdown" });

/** `before-after` for each pair, with `>` for what moved. */
function shape(before: ComparedCell[], after: ComparedCell[]): string {
  return diffNotebooks(before, after)
    .pairs.map(({ before: i, after: j, isMoved }) => `${i ?? ""}${isMoved ? ">" : "-"}${j ?? ""}`)
    .join(" ");
}

test("equal notebooks are the same", () => {
  const diff = diffNotebooks([TITLE, LOAD, FIT], [TITLE, LOAD, FIT]);
  expect(diff.counts).toEqual({ same: 3, changed: 0, moved: 0, added: 0, removed: 0 });
});

describe("cells", () => {
  test("that came and went", () => {
    expect(shape([TITLE, LOAD, SCORE], [TITLE, FIT, SCORE])).toBe("0-0 -1 1- 2-2");
    expect(shape([], [LOAD])).toBe("-0");
    expect(shape([LOAD], [])).toBe("0-");
  });

  test("whose source changed are still the same cells", () => {
    const tuned = cell("model = Classifier(trees=200)\nmodel.fit(data.x, data.y)", { outputsText: "fitted" });
    const diff = diffNotebooks([LOAD, FIT, SCORE], [LOAD, tuned, SCORE]);
    expect(diff.pairs[1]).toMatchObject({
      before: 1,
      after: 1,
      isMoved: false,
      sourceDiffers: true,
      outputDiffers: false,
    });
    expect(diff.counts.changed).toBe(1);
  });

  test("that moved are shown as moved, not as gone and come", () => {
    expect(shape([TITLE, LOAD, FIT, SCORE, PLOT], [TITLE, PLOT, LOAD, FIT, SCORE])).toBe("0-0 4>1 1-2 2-3 3-4");
    expect(diffNotebooks([LOAD, FIT], [FIT, LOAD]).counts).toMatchObject({ moved: 1, same: 1, added: 0, removed: 0 });
  });

  test("that moved and changed are found as well", () => {
    const changed = cell("figure = draw(model, wide=True)\nfigure.show()");
    const diff = diffNotebooks([PLOT, TITLE, LOAD, FIT, SCORE], [TITLE, LOAD, FIT, SCORE, changed]);
    expect(diff.pairs.at(-1)).toMatchObject({
      before: 0,
      after: 4,
      isMoved: true,
      sourceDiffers: true,
      imagesDiffer: true,
    });
    expect(diff.counts).toMatchObject({ moved: 1, added: 0, removed: 0 });
  });

  test("of another kind, or too short to tell, are not the same", () => {
    const note = cell("# Training of the digits model");
    expect(diffNotebooks([TITLE], [note]).counts).toMatchObject({ added: 1, removed: 1 });
    expect(diffNotebooks([cell("df"), LOAD], [LOAD, cell("df")]).counts).toMatchObject({
      moved: 0,
      added: 1,
      removed: 1,
    });
  });

  test("of which several are equal are paired in their order", () => {
    expect(shape([FIT, LOAD, FIT], [FIT, LOAD, FIT, FIT])).toMatch(/^0-0 1-1 (2-2 -3|-2 2-3)$/);
  });

  test("versions in a row are paired with the most alike", () => {
    const variants = [1, 2, 3].map((size) => cell(`train_model(size=${size}00, rate=0.${size})\nreport_${size}()`));
    const later = variants.map((one) => cell(`${one.source}  # checked`));
    expect(shape([LOAD, ...variants], [LOAD, later[0], later[2]] as ComparedCell[])).toBe("0-0 1-1 2- 3-2");
  });
});

describe("of a pair of cells", () => {
  const only = (a: Partial<ComparedCell>, b: Partial<ComparedCell>) =>
    diffNotebooks([cell("run()", a)], [cell("run()", b)]).pairs[0];

  test("outputs, images and failure are compared", () => {
    expect(only({ outputsText: "0.95" }, { outputsText: "0.90" })).toMatchObject({ outputDiffers: true });
    expect(only({ images: ["a", "b"] }, { images: ["a", "c"] })).toMatchObject({
      imagesDiffer: true,
      outputDiffers: false,
    });
    expect(only({ images: ["a"] }, { images: [] })).toMatchObject({ imagesDiffer: true });
    expect(only({ failed: true }, {})).toMatchObject({ failureDiffers: true });
  });

  test("addresses in memory are no difference", () => {
    const at = (address: string) => ({ outputsText: `<Model object at ${address}>\n` });
    expect(only(at("0x7f3a12bc"), at("0x7f3a99ff"))).toMatchObject({ outputDiffers: false });
    expect(only({ outputsText: "0x10" }, { outputsText: "0x20" })).toMatchObject({ outputDiffers: true });
  });
});

test("two notebooks of a thousand other cells are compared without looking at each pair", () => {
  const many = (word: string) => Array.from({ length: 1000 }, (_, at) => cell(`${word}_${at}(1, 2, 3)`));
  const diff = diffNotebooks([TITLE, ...many("a")], [TITLE, ...many("b")]);
  expect(diff.counts).toMatchObject({ same: 1, added: 1000, removed: 1000 });
});
