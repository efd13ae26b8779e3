/**
 * Students are dragged from group to group: what is ticked goes along, else the one that is dragged. Letting go sends the
 * form that works without dragging, too. Beside its button stands how many are ticked.
 *
 * @param {HTMLFormElement} form holds sections [data-seats] with tick boxes named student, a select named group, [data-seats-number]
 */
export default function seats(form) {
  const number = form.querySelector("[data-seats-number]");
  const ticked = () => [...form.querySelectorAll("input[name=student]:checked")];
  const count = () => { number.textContent = ticked().length || ""; };
  /** @type {HTMLElement | null} the section that something is dragged from */
  let from = null;

  form.addEventListener("change", count);
  window.addEventListener("pageshow", count);

  for (const seat of form.querySelectorAll(".seat")) {
    seat.draggable = true;
    seat.addEventListener("dragstart", (event) => {
      const box = seat.querySelector("input");
      if (!box.checked) {
        for (const other of ticked()) other.checked = false;
        box.checked = true;
        count();
      }
      from = seat.closest("[data-seats]");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", "");
    });
    seat.addEventListener("dragend", () => { from = null; });
  }

  for (const section of form.querySelectorAll("[data-seats]")) {
    const takes = () => from !== null && (from !== section || ticked().some((box) => !section.contains(box)));
    section.addEventListener("dragover", (event) => {
      if (!takes()) return;
      event.preventDefault();
      section.classList.add("seats-over");
    });
    section.addEventListener("dragleave", (event) => {
      if (!section.contains(event.relatedTarget)) section.classList.remove("seats-over");
    });
    section.addEventListener("drop", (event) => {
      if (!takes()) return;
      event.preventDefault();
      section.classList.remove("seats-over");
      form.elements.namedItem("group").value = section.dataset.seats;
      form.requestSubmit();
    });
  }
}
