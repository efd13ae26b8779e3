/**
 * Passages of a text: paints those that somebody has remarked on, leads from a remark to its passage and back, and takes what
 * one selects as the passage of a new remark. Painted by the CSS Custom Highlight API, so that the text itself stays as it is;
 * where there is none, the remarks still quote it. The markup is told in templates/components/passages.html.
 */

const MARKS = /[\s*_`|]/;
const NOTHING = /^$/;
const BLOCK = "p, li, dd, dt, td, th, h2, h3, h4, h5, h6, pre, blockquote, [data-part]";
const BEFORE = 32;

/** Remarks that are painted somewhere, each with its range. @type {{remark: HTMLElement, range: Range}[]} */
const painted = [];

/**
 * @param {HTMLElement} text with data-quotation and data-remark: the ids of the fields for passage and remark, where one can write;
 *   data-otherwise: the field to go to by the button's key while nothing is selected
 */
export default function passages(text) {
  paint(text);
  text.addEventListener("click", (event) => backToRemark(event, text));
  if (text.dataset.quotation && document.getElementById(text.dataset.quotation)) takeSelections(text);
}

/** @param {HTMLElement} text */
function paint(text) {
  if (!("highlights" in CSS)) return;
  for (const remark of document.querySelectorAll("[data-passage]")) {
    const range = rangeOf(text, remark.dataset);
    if (!range) continue;
    painted.push({ remark, range });
    remark.addEventListener("focus", () => show("passage-current", [range]));
    remark.addEventListener("blur", () => show("passage-current", []));
    if (!remark.matches("a")) continue;
    remark.addEventListener("click", (event) => {
      event.preventDefault();
      remark.closest("[popover]:popover-open")?.hidePopover();
      show("passage-current", [range]);
      intoView(range);
    });
  }
  show("passage", painted.map(({ range }) => range));
  // The one that is looked at lies above the others.
  show("passage-current", []);
}

/** @param {string} name @param {Range[]} ranges */
function show(name, ranges) {
  const highlight = new Highlight(...ranges);
  highlight.priority = name === "passage-current" ? 1 : 0;
  CSS.highlights.set(name, highlight);
}

/** @param {Range} range */
function intoView(range) {
  const place = range.startContainer.parentElement;
  place.scrollIntoView({ block: "center" });
}

/** From a painted passage to its remark. @param {MouseEvent} event @param {HTMLElement} text */
function backToRemark(event, text) {
  if (!document.getSelection().isCollapsed || event.target.closest("a, button, input, summary")) return;
  const here = painted.find(({ range }) => text.contains(range.startContainer) && [...range.getClientRects()].some((box) => holds(box, event)));
  if (!here) return;
  const sheet = here.remark.closest("[popover]");
  if (sheet && here.remark.offsetParent === null) sheet.showPopover();
  here.remark.scrollIntoView({ block: "nearest" });
  here.remark.focus({ preventScroll: true });
}

/** @param {DOMRect} box @param {MouseEvent} event */
function holds(box, { clientX, clientY }) {
  return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
}

/** @param {HTMLElement} text */
function takeSelections(text) {
  const quotation = document.getElementById(text.dataset.quotation);
  const remark = document.getElementById(text.dataset.remark);
  const { part, before } = quotation.form.elements;
  const button = text.querySelector("[data-passage-button]");
  let words = "";

  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    if (isField(document.activeElement)) return;
    words = selection.rangeCount && text.contains(selection.getRangeAt(0).commonAncestorContainer) ? selection.toString().trim() : "";
    button.hidden = !words;
    if (!words) return;
    const range = selection.getRangeAt(0);
    const rect = range.getBoundingClientRect();
    const frame = text.getBoundingClientRect();
    button.style.insetBlockStart = `${rect.bottom - frame.top + 8}px`;
    button.style.insetInlineStart = `${Math.max(0, Math.min(rect.left - frame.left, frame.width - button.offsetWidth))}px`;
  });
  button.addEventListener("click", () => {
    if (words) take();
    button.hidden = true;
    const field = words || !text.dataset.otherwise ? remark : document.getElementById(text.dataset.otherwise);
    words = "";
    reveal(field);
    field.focus({ preventScroll: true });
    field.scrollIntoView({ block: "center" });
  });
  // What is copied or mended by hand stands wherever it stands.
  quotation.addEventListener("input", () => {
    if (part) part.value = "";
    if (before) before.value = "";
  });
  bindStep(text);

  function take() {
    const range = document.getSelection().getRangeAt(0);
    const root = partOf(range.startContainer);
    quotation.value = words;
    if (part) part.value = root?.dataset.part ?? "";
    if (before) before.value = root ? wordsBefore(root, range) : "";
    quotation.dispatchEvent(new CustomEvent("passage-taken", { bubbles: true }));
  }
}

/** Opens what a field is folded away in. @param {HTMLElement} field */
function reveal(field) {
  const folded = field.closest("details");
  if (folded) folded.open = true;
  const sheet = field.closest("[popover]");
  if (sheet && field.offsetParent === null) sheet.showPopover();
}

/** @param {Element | null} element */
function isField(element) {
  return Boolean(element?.matches("input, textarea, select"));
}

/** @param {Node} node @returns {HTMLElement | null} */
function partOf(node) {
  return (node instanceof Element ? node : node.parentElement).closest("[data-part]");
}

/** @param {HTMLElement} root @param {Range} range @returns {string} the end of what stands in front of the selection */
function wordsBefore(root, range) {
  const front = document.createRange();
  front.setStart(root, 0);
  front.setEnd(range.startContainer, range.startOffset);
  return front.toString().trimEnd().slice(-BEFORE);
}

/** Sentence after sentence by keyboard; Shift and the arrow keys then widen the selection. @param {HTMLElement} text */
function bindStep(text) {
  const step = document.querySelector("[data-passage-step]");
  if (!step || !("Segmenter" in Intl && "groupBy" in Map)) return;
  step.closest("[hidden]")?.removeAttribute("hidden");
  const sentences = [...text.querySelectorAll("[data-part]")].flatMap(sentencesIn);
  step.addEventListener("click", () => {
    const selection = document.getSelection();
    const now = selection.rangeCount && text.contains(selection.anchorNode) ? selection.getRangeAt(0) : null;
    const next = sentences.find((range) => !now || range.compareBoundaryPoints(Range.START_TO_START, now) > 0) ?? sentences[0];
    if (!next) return;
    document.activeElement?.blur();
    selection.removeAllRanges();
    selection.addRange(next.cloneRange());
    intoView(next);
  });
}

/** @param {HTMLElement} root @returns {Range[]} */
function sentencesIn(root) {
  const segments = new Intl.Segmenter(document.documentElement.lang, { granularity: "sentence" });
  const blocks = Map.groupBy(charactersOf(root, NOTHING), ([node]) => node.parentElement.closest(BLOCK));
  return [...blocks.values()].flatMap((places) =>
    [...segments.segment(places.map(([node, at]) => node.data[at]).join(""))]
      .filter(({ segment }) => segment.trim())
      .map(({ segment, index }) => between(places, index + segment.search(/\S/), index + segment.trimEnd().length - 1)),
  );
}

/**
 * @param {HTMLElement} text
 * @param {{passage: string, part?: string, prefix?: string, suffix?: string}} said white space and the marks of Markdown do not count
 * @returns {Range | null}
 */
function rangeOf(text, { passage, part, prefix = "", suffix = "" }) {
  const root = part ? text.querySelector(`[data-part="${CSS.escape(part)}"]`) : text;
  const wanted = folded(passage);
  if (!root || !wanted) return null;
  const places = charactersOf(root, MARKS);
  const all = places.map(([node, at]) => node.data[at]).join("");
  const [before, after] = [folded(prefix), folded(suffix)];
  const found = [];
  for (let start = all.indexOf(wanted); start >= 0; start = all.indexOf(wanted, start + 1)) found.push(start);
  const start = found.find((at) => all.slice(0, at).endsWith(before) && all.startsWith(after, at + wanted.length)) ?? found[0];
  return start === undefined ? null : between(places, start, start + wanted.length - 1);
}

/** @param {HTMLElement} root @param {RegExp} skipped @returns {[Text, number][]} each character: its node and its place there */
function charactersOf(root, skipped) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const places = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (let at = 0; at < node.data.length; at += 1) {
      if (!skipped.test(node.data[at])) places.push([node, at]);
    }
  }
  return places;
}

/** @param {[Text, number][]} places @param {number} first @param {number} last @returns {Range} */
function between(places, first, last) {
  const range = document.createRange();
  range.setStart(...places[first]);
  const [node, at] = places[last];
  range.setEnd(node, at + 1);
  return range;
}

/** @param {string} text */
function folded(text) {
  return text.replace(/[\s*_`|]/g, "");
}
