/**
 * Keys for who goes through many: j and k next and previous, n the next that waits, ? the list of keys, and every element's own
 * data-key. Never while typing (Escape leaves a text), never with a modifier; the list of keys has a switch that turns all of them off (WCAG 2.1.4).
 */

const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const OFF = "ethics-keys=off";

/** @type {HTMLElement[]} lists that have asked for j, k and n */
const lists = [];
let listening = false;

/**
 * @param {HTMLElement} element a list with data-key-list (a selector of its items) and perhaps data-key-next
 *   (a selector of those that wait), or the popover with the keys and its switch
 */
export default function keys(element) {
  if (element.dataset.keyList) lists.push(element);
  const turnedOn = element.querySelector("[data-keys-on]");
  if (turnedOn) bindSwitch(turnedOn);
  if (listening) return;
  listening = true;
  document.addEventListener("keydown", press);
}

/** @param {HTMLInputElement} box ticked: the keys work; remembered in a cookie, as the theme is */
function bindSwitch(box) {
  box.checked = !areOff();
  box.closest("[hidden]")?.removeAttribute("hidden");
  box.addEventListener("change", () => {
    const age = box.checked ? 0 : 31536000;
    document.cookie = `${OFF}; path=/; max-age=${age}; SameSite=Lax`;
  });
}

function areOff() {
  return document.cookie.split("; ").includes(OFF);
}

/** @param {KeyboardEvent} event */
function press(event) {
  if (event.key === "Escape" && !event.isComposing && event.target.matches("textarea") && !areOff()) event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target.closest(TYPING) || areOff()) return;
  const done =
    event.key === "?" ? toggleHelp()
    : event.key === "j" ? move(1)
    : event.key === "k" ? move(-1)
    : event.key === "n" ? next()
    : own(event.key);
  if (done) event.preventDefault();
}

function toggleHelp() {
  const help = document.getElementById("keys-help");
  help?.togglePopover();
  return Boolean(help);
}

/** @param {HTMLElement} item @returns {HTMLElement} what can be focused: itself, or its first link or button */
function handle(item) {
  return item.matches("a, button, [tabindex]") ? item : item.querySelector("a, button");
}

/**
 * Opens the neighbour of the page one is on, where the list holds that page; else moves the focus.
 *
 * @param {1 | -1} step
 */
function move(step) {
  for (const list of lists) {
    const items = [...list.querySelectorAll(list.dataset.keyList)].map(handle).filter(Boolean);
    const here = items.findIndex((item) => item.getAttribute("aria-current") === "page");
    const focused = items.indexOf(document.activeElement);
    const from = here >= 0 ? here : focused;
    const target = items[from < 0 ? 0 : from + step];
    if (!target) continue;
    if (here >= 0) target.click();
    else target.focus();
    return true;
  }
  return false;
}

function next() {
  for (const list of lists) {
    const waiting = list.dataset.keyNext ? [...list.querySelectorAll(list.dataset.keyNext)] : [];
    // A link within the page leaves its fellows waiting behind it.
    const target = waiting.find((item) => item.getAttribute("aria-current") !== "page" && !item.dataset.pressed);
    if (!target) continue;
    target.dataset.pressed = "yes";
    target.click();
    return true;
  }
  return false;
}

/** @param {string} key */
function own(key) {
  const wanted = [...document.querySelectorAll("[data-key]")].filter((element) => element.dataset.key === key);
  // What a focused piece of the page offers comes before what the page does.
  const target = wanted.find((element) => document.activeElement.closest("article")?.contains(element)) ?? wanted[0];
  if (!target) return false;
  if (target.matches("a, button")) target.click();
  else target.focus();
  return true;
}
