/** A task that was taken over from an earlier run: where it ran, and what it measured there. */

import type { TaskDocument } from "../../data/contract";
import { metricText } from "../../parts/format";
import { Notice } from "../../parts/Notice";
import { links } from "../../routing/links";
import { Values } from "../run/AboutRun";

interface Props {
  task: TaskDocument;
  madeBy: string;
}

export function Reused({ task, madeBy }: Props) {
  const metrics = task.reused_metrics ?? [];
  return (
    <>
      <Notice kind="plain" title="It was reused">
        <p>
          It ran in <a href={links.task(madeBy, task.id)}>run {madeBy}</a>, and nothing that decides its result has
          changed since. Its notebook, figures and log are there, if that run is in this tracker.
        </p>
      </Notice>
      <Values title="Parameters" values={task.parameters} isOpen />
      {metrics.length > 0 && (
        <section aria-label={`Metrics of run ${madeBy}`}>
          <h2>Metrics of that run</h2>
          <table class="plain">
            <tbody>
              {metrics.map(({ name, last }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td class="number">{metricText(last)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}
