// What is listed, as a file for a spreadsheet and one for a program.
import type { JSX } from "solid-js";
import { saveText, toCsv } from "../lib/save";

type Value = string | number | boolean | null | undefined;

export function SaveButtons(props: { name: string; header: string[]; rows: () => Value[][]; json: () => unknown }): JSX.Element {
  return (
    <>
      <button class="button plain tiny" type="button" title="Save these rows as CSV" onClick={() => saveText(`catseye-${props.name}.csv`, "text/csv", toCsv(props.header, props.rows()))}>
        CSV
      </button>
      <button class="button plain tiny" type="button" title="Save these rows as JSON" onClick={() => saveText(`catseye-${props.name}.json`, "application/json", JSON.stringify(props.json(), null, 2) + "\n")}>
        JSON
      </button>
    </>
  );
}
