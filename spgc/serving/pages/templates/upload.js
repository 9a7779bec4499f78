// Sends a chosen file as its own bytes; without scripts the text field does the same.
const form = document.querySelector("form[data-most]");
if (form) {
  const chooser = form.querySelector("input[type=file]");
  const area = form.querySelector("textarea");
  const note = form.querySelector("[role=status]");
  const most = Number(form.dataset.most);
  area.required = false;
  form.addEventListener("submit", async (event) => {
    const file = chooser.files[0];
    if (!file && area.value) return; // the text field, as without scripts
    event.preventDefault();
    if (!file) {
      note.textContent = "Choose a file, or paste its text.";
      return;
    }
    if (file.size > most) {
      note.textContent = `${file.name} has ${file.size.toLocaleString("en")} bytes; ${most.toLocaleString("en")} are allowed.`;
      return;
    }
    note.textContent = "Sending…";
    try {
      const answer = await fetch(form.action, {
        method: "POST", headers: { "Content-Type": "text/csv" }, body: file, redirect: "manual",
      });
      if (answer.type === "opaqueredirect") {
        location.assign("/team");
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ["result", "left"]) {
        const now = page.getElementById(id);
        if (!now) {
          location.assign("/team"); // signed out meanwhile
          return;
        }
        document.getElementById(id).replaceWith(now);
      }
      note.textContent = "";
      document.querySelector("[data-result]")?.focus();
    } catch {
      note.textContent = "The server can't be reached. Reload the page to see whether the file arrived.";
    }
  });
  area.addEventListener("input", () => { chooser.value = ""; });
}
document.querySelector("[data-result]")?.focus();
