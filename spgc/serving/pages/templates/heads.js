"use strict";
// Without scripts the heads of tables are plain words; here they become buttons that sort.
for (const head of document.querySelectorAll("table.sortable th[data-sorts]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
}
for (const one of document.querySelectorAll("[data-script]")) one.hidden = false;
