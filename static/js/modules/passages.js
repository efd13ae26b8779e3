/**
 * Passages of a text: marks those that somebody has remarked on, and takes what one selects as the passage of a new remark.
 * Marks are painted by the CSS Custom Highlight API, so that the text itself stays as it is.
 */

/**
 * @param {HTMLElement} text with data-quotation and data-remark: the ids of the fields for passage and remark
 */
export default function passages(text) {
  const quotation = document.getElementById(text.dataset.quotation);
  const remark = document.getElementById(text.dataset.remark);
  const button = text.querySelector("[data-passage-button]");
  mark(text);

  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    const words = selection.toString().trim();
    const isHere = words && selection.rangeCount && text.contains(selection.getRangeAt(0).commonAncestorContainer);
    button.hidden = !isHere;
    if (!isHere) return;
    const rect = selection.getRangeAt(0).getBoundingClientRect();
    const frame = text.getBoundingClientRect();
    button.style.insetBlockStart = `${rect.bottom - frame.top + 8}px`;
    button.style.insetInlineStart = `${Math.max(0, Math.min(rect.left - frame.left, frame.width - 160))}px`;
    quotation.value = words;
  });
  button.addEventListener("click", () => {
    button.hidden = true;
    remark.scrollIntoView({ block: "center" });
    remark.focus({ preventScroll: true });
  });
}

/** @param {HTMLElement} text */
function mark(text) {
  if (!("highlights" in CSS)) return;
  const ranges = [...document.querySelectorAll("[data-passage]")].map((one) => rangeOf(text, one.dataset.passage)).filter(Boolean);
  if (ranges.length) CSS.highlights.set("passage", new Highlight(...ranges));
}

/**
 * @param {HTMLElement} text
 * @param {string} quotation as it stands in Markdown; its marks and white space do not count
 * @returns {Range | null}
 */
function rangeOf(text, quotation) {
  const wanted = folded(quotation);
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  const characters = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (let at = 0; at < node.data.length; at += 1) {
      if (!/[\s*_`|]/.test(node.data[at])) characters.push([node, at]);
    }
  }
  const start = characters.map(([node, at]) => node.data[at]).join("").indexOf(wanted);
  if (start < 0 || !wanted) return null;
  const range = document.createRange();
  range.setStart(...characters[start]);
  const [last, at] = characters[start + wanted.length - 1];
  range.setEnd(last, at + 1);
  return range;
}

/** @param {string} text */
function folded(text) {
  return text.replace(/[\s*_`|]/g, "");
}
