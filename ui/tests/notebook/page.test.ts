import { describe, expect, it } from "vitest";
import { htmlPage, markdownHtml, notebookHtml } from "../../src/notebook/page";

type Fields = Record<string, unknown>;

function ipynb(cells: unknown[], more: Fields = {}): string {
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells, ...more });
}

function code(source: unknown, outputs: unknown = [], more: Fields = {}): Fields {
  return { cell_type: "code", source, outputs, execution_count: 1, metadata: {}, ...more };
}

function display(data: Fields, metadata: Fields = {}): Fields {
  return { output_type: "display_data", data, metadata };
}

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const ERROR = {
  output_type: "error",
  ename: "KeyError",
  evalue: "'x'",
  traceback: ["\u001b[31mKeyError\u001b[0m: 'x'"],
};

/** All tags that this program wrote: a stranger's are within attributes. */
function tags(html: string): string[] {
  return [...html.matchAll(/<(\w+)/g)].map((match) => match[1] ?? "");
}

describe("a notebook", () => {
  it("names its cells, its headings and the first cell that failed", () => {
    const page = notebookHtml(
      ipynb([
        { cell_type: "markdown", source: ["# One *two* `three` $x$\n", "## A &amp; B"], metadata: {} },
        code("fine()"),
        code("fail()", [ERROR]),
        { cell_type: "markdown", source: "# Again\n# Again", metadata: {} },
        code("fail()", [ERROR]),
      ]),
    );
    expect(page.cells).toBe(5);
    expect(page.failedCell).toBe("cell-2");
    expect(page.outline).toEqual([
      { id: "cell-0-h1", level: 1, text: "One two three x" },
      { id: "cell-0-h2", level: 2, text: "A & B" },
      { id: "cell-3-h3", level: 1, text: "Again" },
      { id: "cell-3-h4", level: 1, text: "Again" },
    ]);
    expect([...page.html.matchAll(/<section [^>]*id="([^"]+)"/g)].map((match) => match[1])).toEqual(
      [0, 1, 2, 3, 4].map((index) => `cell-${index}`),
    );
  });

  it("never lets a stranger's text become markup", () => {
    const evil = `"><img src=x onerror=alert(1)></pre></section><script>alert(1)</script>`;
    const page = notebookHtml(
      ipynb(
        [
          code(evil, [
            { output_type: "stream", name: evil, text: evil },
            { output_type: "error", ename: evil, evalue: evil, traceback: [evil] },
            { output_type: evil },
            display({ "text/plain": evil, [evil]: evil }),
            display({ "text/html": evil }),
            display({ "text/markdown": evil }),
            display({ "text/latex": `${evil}$${evil}$` }),
            display({ "image/png": evil }),
            display({ "image/png": PIXEL, "text/plain": evil }, { "image/png": { width: evil, height: evil } }),
            display({ "image/svg+xml": evil }),
            display({ "application/javascript": evil }),
            display({ "application/json": { [evil]: evil } }),
            display({ "video/mp4": evil }),
            display({ "application/vnd.plotly.v1+json": { data: [{ type: evil }] } }),
            display({ "application/vnd.plotly.v1+json": { data: [{ x: [evil] }], layout: { title: evil } } }),
          ]),
          { cell_type: "raw", source: evil, metadata: {} },
          { cell_type: "markdown", source: evil, attachments: { [evil]: { [evil]: evil } }, metadata: {} },
        ],
        { metadata: { language_info: { name: evil } } },
      ),
    );
    expect(tags(page.html)).not.toContain("script");
    expect(page.html).not.toContain("<img src=x");
    expect(page.html.match(/<section/g)).toHaveLength(3);
    expect(page.html.match(/<\/section>/g)).toHaveLength(3);
    expect(page.hasScripts).toBe(true);
  });

  it("says what it cannot show", () => {
    const page = notebookHtml(
      ipynb([
        code("x", [
          display({ "application/x-strange": "1", "text/plain": "plain" }),
          display({}),
          { output_type: "strange" },
          display({ "image/png": "not base64!" }),
          display({ "application/vnd.jupyter.widget-view+json": {}, "text/plain": "IntSlider()" }),
          display({ "application/vnd.plotly.v1+json": { data: [{ type: "heatmap" }] }, "text/plain": "Figure" }),
        ]),
      ]),
    );
    for (const words of ["application/x-strange", "without content", "strange", "damaged", "widget", "heatmap"]) {
      expect(page.html).toMatch(new RegExp(`class="own note[^>]*>[^<]*${words}`));
    }
    for (const text of ["plain", "IntSlider()", "Figure"]) {
      expect(page.html).toContain(`>${text}</pre>`);
    }
  });

  it("shows the richest content that it knows", () => {
    const shown = (data: Fields) => notebookHtml(ipynb([code("", [display(data)])])).html;
    expect(shown({ "text/plain": "p", "text/html": "<b>h</b>" })).toContain('data-fragment="&lt;b&gt;h&lt;/b&gt;"');
    expect(shown({ "text/plain": "words", "image/png": `${PIXEL}\n` })).toContain(
      `<img src="data:image/png;base64,${PIXEL}" alt="words">`,
    );
    expect(shown({ "image/svg+xml": "<svg>é</svg>" })).toContain(`base64,${btoa("<svg>\u00c3\u00a9</svg>")}`);
    expect(shown({ "text/latex": "a $x^2$ b" })).toContain('<annotation encoding="application/x-tex">x^2</annotation>');
    expect(shown({ "application/json": { a: 1 }, "text/plain": "p" })).toContain("&quot;a&quot;: 1");
  });

  it("draws Plotly figures of data, also where only HTML holds it", () => {
    const figure = { data: [{ type: "bar", y: [1] }], layout: {} };
    const inHtml = `<div id="a"></div><script>Plotly.newPlot("a", ${JSON.stringify(figure.data)}, {}, {"responsive": true})</script>`;
    for (const data of [{ "application/vnd.plotly.v1+json": figure, "text/html": "x" }, { "text/html": inHtml }]) {
      const page = notebookHtml(ipynb([code("", [display(data)])]));
      expect(page.hasPlotly).toBe(true);
      expect(page.html).toContain("&quot;y&quot;:[1]");
      expect(page.hasScripts).toBe(false);
    }
  });

  it("knows scripts in outputs, and not in the code that wrote them", () => {
    const scripts = (html: string) => notebookHtml(ipynb([code("", [display({ "text/html": html })])])).hasScripts;
    expect(scripts("<SCRIPT>1</SCRIPT>")).toBe(true);
    expect(scripts("<a\nonclick = x>")).toBe(true);
    expect(scripts("<table class='on=1'><td>on = 1</td></table>")).toBe(false);
    expect(notebookHtml(ipynb([code('HTML("<script>") data-scripts=""')])).hasScripts).toBe(false);
  });

  it("reads nbformat 3, and text in one piece or in lines", () => {
    const old = {
      nbformat: 3,
      worksheets: [
        {
          cells: [
            { cell_type: "heading", level: 2, source: ["Old"] },
            {
              cell_type: "code",
              input: ["1", "+1"],
              prompt_number: 7,
              outputs: [
                { output_type: "pyout", text: ["2"], html: "<b>2</b>" },
                { output_type: "pyerr", ename: "E", evalue: "v" },
              ],
            },
          ],
        },
      ],
    };
    const page = notebookHtml(JSON.stringify(old));
    expect(page.outline).toEqual([{ id: "cell-0-h1", level: 2, text: "Old" }]);
    expect(page.html).toContain("[7]");
    expect(page.html).toContain("&lt;b&gt;2&lt;/b&gt;");
    expect(page.html).toContain("E: v");
    expect(page.failedCell).toBe("cell-1");
  });

  it("keeps the rest of a long text for when it is asked for", () => {
    const text = "line of text\n".repeat(40_000);
    const { html } = notebookHtml(ipynb([code("", [{ output_type: "stream", name: "stdout", text }])]));
    const shown = /<pre class="text stream">([^<]*)<\/pre>/.exec(html)?.[1] ?? "";
    const rest = / data-rest="([^"]*)"/.exec(html)?.[1] ?? "";
    expect(shown.length).toBeLessThanOrEqual(200_000);
    expect(shown + rest).toBe(text);
  });

  it.each([
    ["no JSON", "{", "valid JSON"],
    ["nothing", "", "valid JSON"],
    ["a number", "7", "JSON object"],
    ["a list", "[]", "JSON object"],
    ["null", "null", "JSON object"],
    ["no cells", "{}", "no list of cells"],
    ["cells of a wrong type", '{"cells": {"a": 1}}', "no list of cells"],
    ["no cell", '{"cells": []}', "has no cells"],
    [
      "damaged cells",
      '{"cells": [1, null, {"cell_type": "x"}, {"cell_type": "raw", "source": "kept"}]}',
      "3 of 4 cells",
    ],
  ])("of %s says so", (_, text, words) => {
    expect(notebookHtml(text).html).toContain(words);
  });

  it("with wrong types everywhere is shown as far as it goes", () => {
    const wrong = [1, null, "text", [], {}, true, [{}], { a: [1] }];
    for (const value of wrong) {
      const cell = { cell_type: "code", source: value, outputs: value, metadata: value, execution_count: value };
      const output = { output_type: "display_data", data: value, metadata: value };
      const others = ["stream", "error", "execute_result"].map((type) => ({
        output_type: type,
        text: value,
        data: { "text/plain": value, "text/html": value, "image/png": value, "application/vnd.plotly.v1+json": value },
        ename: value,
        traceback: value,
      }));
      const markdown = { cell_type: "markdown", source: value, attachments: value };
      const page = notebookHtml(
        ipynb([cell, { ...cell, outputs: [output, value, ...others] }, markdown], { metadata: value }),
      );
      expect(page.cells).toBe(3);
    }
  });
});

describe("documents", () => {
  it("in Markdown have an outline", () => {
    expect(markdownHtml("# One\n\ntext").outline).toEqual([{ id: "text-h1", level: 1, text: "One" }]);
  });

  it("in HTML are one fragment", () => {
    const page = htmlPage("<h1>x</h1></div><script>1</script>");
    expect(tags(page.html)).toEqual(["div"]);
    expect(page.hasScripts).toBe(true);
  });
});
