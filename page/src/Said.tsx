// What Python says: a sentence in which {0}, {1}, ... stand for numbers, and tables of numbers.
import type { Point } from "./messages";
import { exact, number, type Real, short } from "./numbers";

/** With `figures` numbers have so many that count, else six decimals. */
export function Sentence({ says, numbers, figures }: { says: string; numbers: Real[]; figures?: number }) {
  const parts = says.split(/\{(\d+)\}/);
  return (
    <p>
      {parts.map((part, i) => {
        if (i % 2 === 0) return part;
        const x = numbers[Number(part)] ?? 0;
        return (
          <b key={i} class="num" title={exact(x)}>
            {figures ? short(x, figures) : number(x, 6)}
          </b>
        );
      })}
    </p>
  );
}

interface Props {
  columns: string[];
  rows: Point[];
  written: (x: Real, column: number) => string;
  onNode?: (node: number) => void;
}

export function Rows({ columns, rows, written, onNode }: Props) {
  if (!rows.length) return null;
  return (
    <table class="sums">
      {columns.some(Boolean) && (
        <thead>
          <tr>
            {columns.slice(rows.some((row) => row.name) ? 0 : undefined).map((column, i) =>
              column ? (
                <th key={i} scope="col">
                  {column}
                </th>
              ) : (
                <td key={i} />
              ),
            )}
          </tr>
        </thead>
      )}
      <tbody>
        {rows.map(({ name, numbers, node = -1 }, i) => (
          <tr key={i}>
            {name && (
              <td>
                {onNode && node >= 0 ? (
                  <button type="button" class="node-link" title={name} onClick={() => onNode(node)}>
                    <code>{name}</code>
                  </button>
                ) : (
                  name
                )}
              </td>
            )}
            {numbers.map((x, j) => (
              <td key={j} title={exact(x)}>
                {written(x, j)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
