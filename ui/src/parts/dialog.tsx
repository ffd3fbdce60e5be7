// A dialog that the browser keeps: focus stays inside, Escape closes, what was focused before gets it back.
import type { JSX } from "solid-js";
import { onMount } from "solid-js";

export function Dialog(props: { title: string; close: () => void; class?: string; children: JSX.Element; bare?: boolean }): JSX.Element {
  let element!: HTMLDialogElement;
  onMount(() => element.showModal());
  return (
    <dialog
      ref={element}
      class={props.class}
      aria-label={props.title}
      onClose={() => props.close()}
      onClick={(event) => {
        if (event.target === element) element.close();
      }}
    >
      {props.bare ? null : <h2>{props.title}</h2>}
      {props.children}
    </dialog>
  );
}
