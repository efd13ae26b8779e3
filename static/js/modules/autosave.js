/**
 * Keeps what is being written: within two seconds while typing, at once when a field or the page is left. What could not be
 * sent stays on the page, is tried again, and is warned about before leaving; nothing goes into the browser's storage.
 *
 * FOR A FORM OF YOUR OWN, here is all it takes:
 *
 *   {% call form(action=…, module="submit-once autosave", autosave_url=url_for("….autosave")) %}
 *     {{ form.version() }} … {{ saved() }} … <button name="then" value="save">
 *
 *   The page. A hidden field `version` (of the draft in the page, 0 for none) and components/saved.html inside the form.
 *   A button with name "then" and value "save" saves by hand: without JavaScript, and to look at both texts of a conflict.
 *   Where the server knows the hidden fields `tab` (a random name for this page, new each time it is rendered) and `turn`
 *   (0; counted up here with each sending), a tab is never taken for another one whose answer was lost on the way, and what
 *   was typed last is sent at once even while an earlier text is under way. The rule for the server: from the tab that saved
 *   last take any text but one of an earlier turn; from all others ask that `version` is the newest.
 *
 *   The request. The whole form, urlencoded (as multipart where that is shorter and it has to be), with `csrf_token` and the
 *   signed `writer`, without `idempotency_key`. Compare the writer before anything else, as somebody else may have signed in:
 *     if kept.writer() != actor().public_id: return jsonify(error="signed-out"), 401
 *
 *   The answer, in JSON:
 *   200 {saved: "10:42", version: 4}  kept; the hidden field `version` takes the new number
 *       {…, fields: {name: value}}    and so do these fields: hidden ones, and what another tab wrote where this one wrote nothing;
 *                                     if one of them has been typed in meanwhile, none is taken, and the next save asks again
 *   409 {url} or {}                   changed in another tab: nothing was overwritten; both texts at url, or in answer to saving by hand
 *   401                               signed out; tried again with a fresh token until the same person is back
 *   403, 404, 413, 422 {error}        can't be kept here any more; says so and stops until the text changes
 *   anything else, or no answer       tried again, less and less often, and as soon as there is a network
 */

const SOON = 1500;
const LONGEST_WAIT = 30000;
/** How long an answer may take before the page says that it is still missing, and before it is given up. */
const PATIENCE = 4000;
const HOPELESS = 60000;
/** Bytes that a request may have to outlive its page; browsers take 64 kB for all of them together. */
const KEEPALIVE_LIMIT = 60000;
const FRAME_OF_A_FIELD = 160;
const REFUSED = [403, 404, 413, 422];

/**
 * @param {HTMLFormElement} form with data-autosave-url, a hidden field "version" and an element [data-autosave-state]
 */
export default function autosave(form) {
  /** @type {HTMLElement} */
  const state = form.querySelector("[data-autosave-state]");
  /** @type {HTMLInputElement | null} */
  const turn = form.querySelector("input[name=turn]");
  /** Changes are counted: how many there were, how many of them have been sent, how many the server says it keeps. */
  let typed = 0, sent = 0, kept = 0;
  /** Saves without an answer yet, and the newest of them. @type {Promise<void> | null} */
  let underWay = 0, saving = null;
  /** The timer of the next save, or 0. */
  let timer = 0;
  let wait = SOON;
  let leaving = false;
  /** What the place for it says. */
  let said = state.textContent;
  let isSignedOut = false;
  /** Did the last save reach nobody? */
  let unreached = false;
  /** Another tab's text must be looked at first. */
  let conflict = false;
  /** Are fields being filled in from an answer? */
  let adopting = false;

  /**
   * @param {string} text
   * @param {{trouble?: boolean, more?: HTMLElement}} [how]
   */
  function say(text, { trouble = false, more } = {}) {
    state.toggleAttribute("data-trouble", trouble);
    // Said once: a screen reader would read it again at every try.
    if (text === said) return;
    said = text;
    state.replaceChildren(text, ...(more ? [" ", more] : []));
  }

  /** @param {number} delay in milliseconds; a save that is already planned stays where it is */
  function plan(delay) {
    if (!timer && !conflict) timer = window.setTimeout(save, delay);
  }

  function save() {
    window.clearTimeout(timer);
    timer = 0;
    if (sent === typed || conflict || underWay) return saving;
    saving = send();
    return saving;
  }

  /** Save without waiting for one that is under way, where the server can tell which of the two is the newer. */
  function saveAtOnce() {
    if (underWay && turn && sent < typed && !conflict) saving = send();
    return save();
  }

  async function send() {
    const upTo = (sent = typed);
    if (turn) turn.value = String(Number(turn.value) + 1);
    const values = new FormData(form);
    // The key belongs to the one submission of this form, not to its drafts.
    values.delete("idempotency_key");
    underWay += 1;
    const late = window.setTimeout(() => say(state.dataset.unsaved, { trouble: true }), PATIENCE);
    try {
      const answer = await fetch(form.dataset.autosaveUrl, {
        method: "POST",
        ...compact(values),
        headers: { Accept: "application/json" },
        redirect: "manual",
        signal: AbortSignal.timeout(HOPELESS),
      });
      unreached = false;
      await take(answer, upTo, values);
    } catch {
      unreached = true;
      failed(state.dataset.unsaved);
    } finally {
      window.clearTimeout(late);
      underWay -= 1;
      if (sent < typed) plan(wait);
    }
  }

  /** @param {Response} answer @param {number} upTo the changes it is about @param {FormData} values what was sent */
  async function take(answer, upTo, values) {
    if (answer.ok) {
      const { saved, version, fields = {} } = await answer.json();
      if (upTo < kept) return;
      kept = upTo;
      wait = SOON;
      const isTaken = adopt(fields, values);
      if (isTaken && version !== undefined && form.elements.version) form.elements.version.value = version;
      const isFromElsewhere = isTaken && Object.keys(fields).some((name) => isShown(form.elements[name]));
      say(state.dataset.saved.replace("{time}", saved) + (isFromElsewhere ? `. ${state.dataset.taken}` : ""));
    } else if (answer.status === 409) {
      const { url } = await answer.json();
      conflict = true;
      say(state.dataset.changed, { trouble: true, more: url ? link(url, state.dataset.compare) : compare() });
    } else if (answer.status === 401) {
      isSignedOut = true;
      failed(state.dataset.signedOut, link(state.dataset.signInUrl, state.dataset.signIn));
      await refreshToken();
    } else if (REFUSED.includes(answer.status)) {
      const { error } = await answer.json().catch(() => ({}));
      say(error || state.dataset.refused, { trouble: true });
    } else {
      const isFirst = wait === SOON || isSignedOut;
      failed(state.dataset.unsaved);
      if (answer.status !== 400) return;
      await refreshToken();
      // Signed in again: the same text with the new token has nothing to wait for.
      if (isFirst) wait = SOON;
      isSignedOut = false;
    }
  }

  /**
   * Fill in what the server says stands in these fields. Nothing is filled in over what has been typed since it was sent.
   *
   * @param {Record<string, string>} fields @param {FormData} values what was sent
   */
  function adopt(fields, values) {
    const now = new FormData(form);
    const others = Object.keys(fields).filter((name) => isShown(form.elements[name]));
    if (others.some((name) => (now.get(name) ?? "") !== (values.get(name) ?? ""))) return false;
    adopting = true;
    for (const [name, value] of Object.entries(fields)) fillIn(form.elements[name], value);
    adopting = false;
    return true;
  }

  /** @param {string} text @param {HTMLElement} [more] */
  function failed(text, more) {
    sent = Math.min(sent, kept);
    wait = Math.min(wait * 2, LONGEST_WAIT);
    say(text, { trouble: true, more });
  }

  /** After signing in again the form's token is another one; it stands in a fresh copy of this page. The writer's mark stays the old one. */
  async function refreshToken() {
    const page = await fetch(location.href, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("input[name=csrf_token]");
    if (fresh) form.elements.csrf_token.value = fresh.value;
  }

  /** A button that saves by hand: the answer shows both texts. */
  function compare() {
    return Object.assign(document.createElement("button"), { className: "button button-quiet", name: "then", value: "save", textContent: state.dataset.compare });
  }

  const touched = () => {
    if (adopting) return;
    typed += 1;
    plan(wait);
  };
  form.addEventListener("input", touched);
  form.addEventListener("change", () => { touched(); save(); });
  if ([...form.elements].some(wasTyped)) touched();

  let waiting = false, passing = false;
  form.addEventListener("submit", async (event) => {
    const isKept = kept === typed && !underWay;
    if (passing || conflict || (isKept && navigator.onLine)) {
      window.clearTimeout(timer);
      timer = 0;
      leaving = true;
      return;
    }
    // What was typed last goes first: a save under way would make this submission look out of date, and where there is no
    // network the browser would put a page of its own in the place of the text.
    event.preventDefault();
    if (waiting) return;
    waiting = true;
    if (isKept) say(state.dataset.unsent, { trouble: true });
    else await saveAtOnce();
    waiting = false;
    if (unreached || !navigator.onLine) return;
    // The rest is the server's: what it can't take it shows again with every word kept.
    passing = true;
    form.requestSubmit(event.submitter);
  });

  document.addEventListener("visibilitychange", saveAtOnce);
  window.addEventListener("pagehide", saveAtOnce);
  window.addEventListener("online", saveAtOnce);
  window.addEventListener("focus", saveAtOnce);
  window.addEventListener("pageshow", () => { leaving = passing = false; });
  window.addEventListener("beforeunload", (event) => {
    if (leaving || kept === typed) return;
    saveAtOnce();
    event.preventDefault();
  });
}

/**
 * The body of a request that may outlive its page. Urlencoded, a letter with an accent takes three times its bytes: a long
 * text goes as multipart.
 *
 * @param {FormData} values
 */
function compact(values) {
  const body = new URLSearchParams(values);
  if (body.toString().length < KEEPALIVE_LIMIT) return { body, keepalive: true };
  const bytes = [...values].reduce((sum, [name, value]) => sum + FRAME_OF_A_FIELD + new Blob([name, value]).size, 0);
  return { body: values, keepalive: bytes < KEEPALIVE_LIMIT };
}

/** Is this a field that its writer sees? @param {HTMLElement | RadioNodeList | undefined} control */
function isShown(control) {
  return Boolean(control) && control.type !== "hidden";
}

/** @param {string} href @param {string} textContent */
function link(href, textContent) {
  return Object.assign(document.createElement("a"), { href, textContent, target: "_blank", rel: "noopener" });
}

/** @param {HTMLInputElement | HTMLTextAreaElement | RadioNodeList | undefined} control @param {string} value */
function fillIn(control, value) {
  if (!control) return;
  if (control.type === "checkbox") control.checked = Boolean(value);
  else control.value = value;
  if (control instanceof HTMLTextAreaElement) control.dispatchEvent(new Event("input", { bubbles: true }));
}

/**
 * Has this been filled in before the module came, by quick fingers or by a browser that brought the page back?
 *
 * @param {HTMLInputElement | HTMLTextAreaElement} control
 */
function wasTyped(control) {
  if (["checkbox", "radio"].includes(control.type)) return control.checked !== control.defaultChecked;
  return control.matches("input, textarea") && control.value !== control.defaultValue;
}
