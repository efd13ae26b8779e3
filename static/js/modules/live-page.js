/**
 * The page beside what is being written, and what the checker says in its places: fetched anew a moment after the last key,
 * and when another reader is chosen. Nothing is kept by it; that is autosave's part.
 *
 * The form posts itself to data-preview-url (on an element inside it); the answer takes the place of what [data-live] holds.
 */

const PAUSE = 700;

/**
 * @param {HTMLFormElement} form
 */
export default function livePage(form) {
  const place = document.querySelector("[data-live]");
  const url = form.querySelector("[data-preview-url]").dataset.previewUrl;
  let timer = 0;
  /** Answers can overtake each other: only the last one asked for counts. */
  let asked = 0;

  async function renew() {
    const number = ++asked;
    const answer = await fetch(url, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || number !== asked) return;
    const isOpen = place.querySelector(".editor-findings")?.open;
    const isChoosing = document.activeElement?.id === "view";
    place.innerHTML = await answer.text();
    if (isChoosing) document.getElementById("view").focus();
    const findings = place.querySelector(".editor-findings");
    if (findings) findings.open = isOpen;
    say();
  }

  /** Puts each finding under the field that it is about. */
  function say() {
    for (const spot of form.querySelectorAll("[data-said]")) {
      const found = [...place.querySelectorAll("[data-for]")].filter((one) => one.dataset.for === spot.dataset.said);
      spot.replaceChildren(
        ...found.map((one) => Object.assign(document.createElement("p"), { className: one.className, textContent: one.textContent })),
      );
      const field = document.getElementById(`f-${spot.dataset.said}`);
      if (!field?.matches("input, textarea, select")) continue;
      if (found.some((one) => one.matches(".editor-error"))) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  }

  say();

  const soon = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(renew, PAUSE);
  };
  form.addEventListener("input", soon);
  place.addEventListener("change", renew);
  place.addEventListener("click", (event) => {
    const link = event.target.closest("[data-jump]");
    const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    goTo(field);
  });
}

/** @param {HTMLElement} field is shown, even inside something folded, and has the focus */
function goTo(field) {
  for (let around = field.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
  const sheet = document.getElementById("the-page");
  if (sheet?.matches(":popover-open")) sheet.hidePopover();
  const target = field.matches("input, textarea, select") ? field : field.querySelector("input:not([type=hidden]), textarea, select");
  field.scrollIntoView({ block: "center" });
  target?.focus({ preventScroll: true });
}
