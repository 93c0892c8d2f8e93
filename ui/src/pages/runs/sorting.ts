/** The order of rows in a table. */

import type { Row } from "../../data/rows";
import type { Column } from "./columns";

/** Rows by the column that `order` names, `-` before it for descending; rows without a value go last either way. */
export function sorted(rows: Row[], columns: Column[], order: string | null): Row[] {
  const isDescending = order?.startsWith("-") ?? false;
  const column = columns.find(({ key }) => key === (isDescending ? order?.slice(1) : order));
  if (column === undefined) {
    return rows;
  }
  const keyed = rows.map((row) => ({ row, key: usable(column.order(row)) }));
  keyed.sort((one, other) => {
    if (one.key === null || other.key === null) {
      return Number(one.key === null) - Number(other.key === null);
    }
    const less = compared(one.key, other.key);
    return isDescending ? -less : less;
  });
  return keyed.map(({ row }) => row);
}

function usable(key: number | string | null): number | string | null {
  return key === "" || (typeof key === "number" && Number.isNaN(key)) ? null : key;
}

function compared(one: number | string, other: number | string): number {
  if (typeof one === "number" && typeof other === "number") {
    return one - other;
  }
  return String(one) < String(other) ? -1 : String(one) > String(other) ? 1 : 0;
}
