/** How to take the data elsewhere. */

import { Download } from "../../parts/Download";
import { Section } from "../../parts/Section";
import { allRows, metricsCsv, runsJson } from "./allMetrics";

export function RawData() {
  return (
    <Section id="raw" title="Take the data with you">
      <p class="actions">
        <Download name="metrics.csv" content={async () => metricsCsv(await allRows())}>
          All metrics (CSV)
        </Download>
        <Download name="runs.json" content={async () => runsJson(await allRows())}>
          All runs (JSON)
        </Download>
      </p>
      <dl class="help">
        <dt>All metrics</dt>
        <dd>
          A line for each metric of each run: run, task, metric, last value. pandas reads it with{" "}
          <code>read_csv("metrics.csv")</code>.
        </dd>
        <dt>All runs</dt>
        <dd>What the runs table knows of each run, with its parameters, tasks and metrics.</dd>
        <dt>The runs table</dt>
        <dd>As it is filtered, sorted and with the chosen columns: the CSV button beside it.</dd>
        <dt>A run log</dt>
        <dd>
          Everything that a run recorded, the notebooks and artifacts, too: the button on the run's page gives the very
          file that the run wrote. Its lines are OTLP JSON (OpenTelemetry), and <code>pdr show</code> and{" "}
          <code>pdr expand</code> read it.
        </dd>
        <dt>Open a run in Jaeger</dt>
        <dd>
          On the run's page, “Traces (OTLP)” gives its spans alone: run, tasks, attempts and notebook cells. In Jaeger's
          own page, choose <b>Upload</b> and this file. Other programs that read OTLP JSON, one message a line, take it,
          too.
        </dd>
      </dl>
    </Section>
  );
}
