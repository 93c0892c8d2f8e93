import { describe, expect, it } from "vitest";
import { notebookCells } from "../../src/notebook/cells";
import { latexHtml, mathHtml, newMacros } from "../../src/notebook/math";
import { markdownHtml } from "../../src/notebook/page";
import { figuresInHtml, readFigure } from "../../src/notebook/plotly";
import { plainText, terminalHtml } from "../../src/notebook/terminal";
import { readMessage, TALLEST } from "../../src/viewer/messages";

const ESC = "\u001b";

describe("terminal text", () => {
  it.each([
    ["plain <b>", "plain &lt;b&gt;"],
    [`${ESC}[31mred${ESC}[0m after`, '<span class="ansi-red-fg">red</span> after'],
    [`${ESC}[1;94;41mx${ESC}[22;39m${ESC}[49my`, '<span class="ansi-bold ansi-bright-blue-fg ansi-red-bg">x</span>y'],
    [`${ESC}[38;5;208mx`, '<span class="ansi-rgb-fg" style="--fg:rgb(255,135,0)">x</span>'],
    [`x${ESC}[48;2;1;999;3my`, 'x<span class="ansi-rgb-bg" style="--bg:rgb(1,255,3)">y</span>'],
    [`a${ESC}[2Kb${ESC}]8;;http://x${ESC}\\link${ESC}]8;;\u0007${ESC}(Bc`, "ablinkc"],
    ["10 %\r55 %\rdone\n", "done\n"],
    ["kept\r\nlines\r\n", "kept\nlines\n"],
    ["abc\b\bX", "aX"],
    [`${ESC}[`, `${ESC}[`],
  ])("%j", (text, html) => {
    expect(terminalHtml(text)).toBe(html);
  });

  it("without colours", () => {
    expect(plainText(`${ESC}[1;31mError${ESC}[0m\rlast`)).toBe("last");
  });
});

describe("formulas", () => {
  const tex = (text: string) =>
    [...markdownHtml(text).html.matchAll(/x-tex&quot;&gt;(.*?)&lt;\/annotation/gs)].map((m) => m[1]);

  it.each([
    ["$a_1*b$ and *c* $d*e_1$", ["a_1*b", "d*e_1"]],
    ["$$\nx\n\ny\n$$", ["\nx\n\ny\n"]],
    ["a \\\\(x\\\\) b \\\\[y\\\\]", ["x", "y"]],
    ["\\begin{align}a&=b\\end{align}", ["\\begin{align}a&amp;amp;=b\\end{align}"]],
    ["`$x$` and \\$5, \\$6", []],
    ["costs 5$ only", []],
  ])("%j", (text, expected) => {
    expect(tex(text)).toEqual(expected);
  });

  it("that are wrong stay as they are written", () => {
    expect(mathHtml("\\frac{1", false, newMacros())).toBe('<code class="tex">\\frac{1</code>');
    expect(mathHtml(`${"{".repeat(9000)}`, false, newMacros())).toContain('<code class="tex">');
    expect(mathHtml("\\def\\a{\\a\\a}\\a", false, newMacros())).toContain('<code class="tex">');
  });

  it("know what earlier ones have defined", () => {
    const macros = newMacros();
    mathHtml(
      "\\newcommand{\\loss}{\\mathcal{L}} \\newcommand{\\R}{\\mathbb{R}} \\DeclareMathOperator{\\argmax}{arg\\,max}",
      false,
      macros,
    );
    expect(mathHtml("\\loss \\R", false, macros)).toContain("ℒ");
    expect(mathHtml("\\argmax_x", false, macros)).toContain("<msub>");
  });

  it("never link or load anything", () => {
    for (const evil of ["\\href{javascript:alert(1)}{x}", "\\includegraphics{http://x/y}", "\\class{x}{y}"]) {
      expect(mathHtml(evil, false, newMacros())).not.toMatch(/href=|src=|class="x"/);
    }
  });

  it("stand in text of LaTeX", () => {
    const html = latexHtml("a < $x$ and \\(y\\), $$z$$", newMacros());
    expect(html.match(/<math/g)).toHaveLength(3);
    expect(html).toContain("a &lt; ");
  });
});

describe("Plotly", () => {
  it("is drawn only where all traces are known", () => {
    expect(readFigure({ data: [{ type: "bar" }, {}] })).toMatchObject({ layout: {} });
    expect(readFigure({ data: [{ type: "bar" }, { type: "sankey" }] })).toContain("sankey");
    expect(readFigure({ data: 1 })).toContain("without data");
    expect(readFigure(null)).toContain("without data");
  });

  it("is found in HTML, with brackets and quotes within texts", () => {
    const data = [{ type: "bar", x: ['a "b" ]', "c),(d", "\\"], y: [1, 2, 3] }];
    const html = `Plotly.newPlot( "x-1", ${JSON.stringify(data)}, {"title": {"text": "}"}}, {"r": true} ) };`;
    expect(figuresInHtml(html)).toEqual([{ data, layout: { title: { text: "}" } } }]);
    expect(figuresInHtml("<b>no figure</b>")).toBeNull();
    expect(figuresInHtml('Plotly.newPlot("a", variable, {})')).toBeNull();
    expect(figuresInHtml('Plotly.newPlot("a", [')).toBeNull();
  });
});

describe("cells for a comparison", () => {
  it("hold what their outputs say and show", () => {
    const image = { output_type: "display_data", data: { "image/png": "AAAA\n", "text/plain": "<Figure>" } };
    const cells = notebookCells(
      JSON.stringify({
        cells: [
          { cell_type: "markdown", source: ["# a\n", "b"] },
          {
            cell_type: "code",
            source: "x",
            outputs: [{ output_type: "stream", text: `${ESC}[1mbold${ESC}[0m` }, image],
          },
          { cell_type: "code", source: "y", outputs: [{ output_type: "error", ename: "E", evalue: "v" }] },
        ],
      }),
    );
    expect(cells).toEqual([
      { kind: "markdown", source: "# a\nb", outputsText: "", images: [], failed: false },
      { kind: "code", source: "x", outputsText: "bold\n<Figure>", images: ["image/png:AAAA"], failed: false },
      { kind: "code", source: "y", outputsText: "E: v", images: [], failed: true },
    ]);
    expect(notebookCells("no notebook")).toEqual([]);
  });
});

describe("messages of a frame", () => {
  it("are read within bounds", () => {
    expect(readMessage({ kind: "height", height: 1e9 })).toEqual({ kind: "height", height: TALLEST });
    expect(readMessage({ kind: "height", height: Number.NaN })).toEqual({ kind: "height", height: 0 });
    expect(readMessage({ kind: "place", top: "12" })).toEqual({ kind: "place", top: 0 });
    expect(readMessage({ kind: "cell", index: 3.7 })).toEqual({ kind: "cell", index: 3 });
    expect(readMessage({ kind: "link", href: "x", extra: 1 })).toEqual({ kind: "link", href: "x" });
    expect(readMessage({ kind: "link", href: "x".repeat(5000) })).toBeNull();
  });

  it.each([null, 1, "ready", [], {}, { kind: "other" }, { kind: "link" }, { kind: "link", href: 5 }])(
    "%j is none",
    (data) => {
      expect(readMessage(data)).toBeNull();
    },
  );
});
