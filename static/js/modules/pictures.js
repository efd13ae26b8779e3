/**
 * A picture that is pasted or dropped into a text: asks what one would miss who cannot see it, sends it, and puts its line
 * where it was dropped. The server looks at what it really is.
 */

import { insert } from "./clean-paste.js";

/**
 * @param {HTMLFormElement} form holds an element with data-picture-url and data-picture-failed
 */
export default function pictures(form) {
  const { pictureUrl, pictureFailed } = form.querySelector("[data-picture-url]").dataset;
  /** @type {HTMLDialogElement} */
  const dialog = document.getElementById("picture-dialog");
  const alt = document.getElementById("picture-alt");
  const trouble = document.getElementById("picture-trouble");

  form.addEventListener("paste", (event) => take(event, event.clipboardData));
  form.addEventListener("drop", (event) => take(event, event.dataTransfer));
  form.addEventListener("dragover", (event) => {
    if (event.target.matches("textarea") && event.dataTransfer.types.includes("Files")) event.preventDefault();
  });

  /** @param {Event} event @param {DataTransfer} data */
  function take(event, data) {
    const file = [...data.files].find((one) => one.type.startsWith("image/"));
    if (!file || !event.target.matches("textarea")) return;
    event.preventDefault();
    ask(file, event.target);
  }

  /** @param {File} file @param {HTMLTextAreaElement} area */
  function ask(file, area) {
    alt.value = "";
    trouble.hidden = true;
    dialog.showModal();
    dialog.querySelector("form").onsubmit = async (event) => {
      event.preventDefault();
      if (event.submitter?.value === "leave") return dialog.close();
      const said = await send(file);
      if (said.error) {
        trouble.textContent = said.error;
        trouble.hidden = false;
        return alt.focus();
      }
      dialog.close();
      insert(area, `\n\n${said.markdown}\n\n`);
    };
  }

  /** @param {File} file @returns {Promise<{markdown?: string, error?: string}>} */
  async function send(file) {
    const body = new FormData();
    for (const name of ["csrf_token", "writer"]) body.set(name, form.elements[name].value);
    body.set("picture", file);
    body.set("alt", alt.value);
    try {
      const answer = await fetch(pictureUrl, { method: "POST", body, headers: { Accept: "application/json" } });
      const said = await answer.json();
      if (!answer.ok) return { error: said.error ?? pictureFailed };
      // The first picture makes the draft, whose first save this page then is.
      if (form.elements.version.value === "0") form.elements.version.value = said.version;
      return said;
    } catch {
      return { error: pictureFailed };
    }
  }
}
