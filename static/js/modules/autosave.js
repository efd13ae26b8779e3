/**
 * Keeps what is being written: within two seconds while typing, at once when a field or the page is left. What could not be
 * sent stays on the page, is tried again, and is warned about before leaving; nothing goes into the browser's storage.
 *
 * The form posts itself, urlencoded, to data-autosave-url. The answers:
 *   200 {saved: "10:42", version: 4}  kept; the hidden field "version" takes the new number
 *   409 {url} or {}                   changed in another tab: nothing was overwritten; both texts at url, or in answer to saving by hand
 *   401                               signed out; tried again with a fresh token until the same person is back
 *   403, 404, 413, 422 {error}        can't be kept here any more; says so and stops until the text changes
 *   anything else, or no answer       tried again, less and less often, and as soon as there is a network
 */

const SOON = 1500;
const LONGEST_WAIT = 30000;
const KEEPALIVE_LIMIT = 60000;
const REFUSED = [403, 404, 413, 422];

/**
 * @param {HTMLFormElement} form with data-autosave-url, a hidden field "version" and an element [data-autosave-state]
 */
export default function autosave(form) {
  /** @type {HTMLElement} */
  const state = form.querySelector("[data-autosave-state]");
  /** Has anything changed since the last text that was sent? */
  let changed = false;
  /** Is there anything the server has not said it keeps? */
  let unsaved = false;
  /** The save under way, or null. @type {Promise<void> | null} */
  let saving = null;
  /** The timer of the next save, or 0. */
  let timer = 0;
  let wait = SOON;
  let leaving = false;
  /** Another tab's text must be looked at first. */
  let conflict = false;

  /**
   * @param {string} text
   * @param {{trouble?: boolean, link?: {url: string, text: string}}} [more]
   */
  function say(text, { trouble = false, link } = {}) {
    state.toggleAttribute("data-trouble", trouble);
    state.textContent = text;
    if (!link) return;
    const anchor = Object.assign(document.createElement("a"), { href: link.url, textContent: link.text, target: "_blank", rel: "noopener" });
    state.append(" ", anchor);
  }

  /** @param {number} delay in milliseconds; a save that is already planned stays where it is */
  function plan(delay) {
    if (!timer && !conflict) timer = window.setTimeout(save, delay);
  }

  function save() {
    window.clearTimeout(timer);
    timer = 0;
    if (saving || !changed || conflict) return saving;
    changed = false;
    saving = send().finally(() => {
      saving = null;
      if (changed) plan(wait);
    });
    return saving;
  }

  async function send() {
    const body = new URLSearchParams(new FormData(form));
    // The key belongs to the one submission of this form, not to its drafts.
    body.delete("idempotency_key");
    try {
      const answer = await fetch(form.dataset.autosaveUrl, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        redirect: "manual",
        keepalive: body.toString().length < KEEPALIVE_LIMIT,
      });
      await take(answer);
    } catch {
      failed(state.dataset.unsaved);
    }
  }

  /** @param {Response} answer */
  async function take(answer) {
    if (answer.ok) {
      const { saved, version } = await answer.json();
      if (version !== undefined && form.elements.version) form.elements.version.value = version;
      wait = SOON;
      unsaved = changed;
      say(state.dataset.saved.replace("{time}", saved));
    } else if (answer.status === 409) {
      const { url } = await answer.json();
      conflict = true;
      say(state.dataset.changed, { trouble: true, link: url && { url, text: state.dataset.compare } });
    } else if (answer.status === 401) {
      failed(state.dataset.signedOut, { url: state.dataset.signInUrl, text: state.dataset.signIn });
      await refreshToken();
    } else if (REFUSED.includes(answer.status)) {
      const { error } = await answer.json().catch(() => ({}));
      say(error || state.dataset.refused, { trouble: true });
    } else {
      failed(state.dataset.unsaved);
      if (answer.status === 400) await refreshToken();
    }
  }

  /** @param {string} text @param {{url: string, text: string}} [link] */
  function failed(text, link) {
    changed = true;
    wait = Math.min(wait * 2, LONGEST_WAIT);
    say(text, { trouble: true, link });
  }

  /** After signing in again the form's token is another one; it stands in a fresh copy of this page. The writer's mark stays the old one. */
  async function refreshToken() {
    const page = await fetch(location.href, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("input[name=csrf_token]");
    if (fresh) form.elements.csrf_token.value = fresh.value;
  }

  const touched = () => {
    changed = unsaved = true;
    plan(wait);
  };
  form.addEventListener("input", touched);
  form.addEventListener("change", () => { touched(); save(); });
  if ([...form.elements].some(wasTyped)) touched();

  form.addEventListener("submit", (event) => {
    if (saving) {
      // A save under way would make this submission look out of date: let it arrive first.
      event.preventDefault();
      if (!leaving) saving.finally(() => form.requestSubmit(event.submitter));
      leaving = true;
      return;
    }
    window.clearTimeout(timer);
    timer = 0;
    leaving = true;
  });

  document.addEventListener("visibilitychange", save);
  window.addEventListener("pagehide", save);
  window.addEventListener("online", save);
  window.addEventListener("pageshow", () => { leaving = false; });
  window.addEventListener("beforeunload", (event) => {
    if (leaving || !unsaved) return;
    save();
    event.preventDefault();
  });
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
