
"use strict";
(function () {
  // Of a long list so many rows are shown at first; printing shows all that the filter leaves.
  const STEP = 100;

  function key(row, column) {
    const cell = row.cells[column];
    if ("sort" in cell.dataset) { return Number(cell.dataset.sort); }
    return cell.textContent.trim().toLowerCase();
  }

  // Numbers before texts, empty cells last: whichever way one sorts.
  function compare(a, b, way) {
    if (a === b) { return 0; }
    if (a === "") { return 1; }
    if (b === "") { return -1; }
    if (typeof a !== typeof b) { return typeof a === "number" ? -1 : 1; }
    const order = typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true });
    return way * order;
  }

  function enhance(table) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    const box = document.getElementById(table.id + "-filter");
    const status = box && box.parentNode.querySelector(".status");
    const more = document.querySelector("[data-more=" + table.id + "]");
    const all = document.querySelector("[data-all=" + table.id + "]");
    const texts = box ? rows.map(function (row) { return row.textContent.toLowerCase(); }) : [];
    let order = rows.map(function (_, place) { return place; });
    let limit = STEP;

    function show() {
      if (!box) { return; }
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      let found = 0;
      order.forEach(function (place) {
        const fits = words.every(function (word) { return texts[place].includes(word); });
        rows[place].hidden = !fits;
        rows[place].classList.toggle("beyond", fits && found >= limit);
        if (fits) { found += 1; }
      });
      const shown = Math.min(found, limit);
      status.textContent = words.length
        ? found + " of " + rows.length + " match" + (shown < found ? ", " + shown + " shown" : "")
        : shown + " of " + rows.length + " shown";
      more.parentNode.hidden = shown >= found;
    }

    function sort(heading, column) {
      const way = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      Array.from(table.tHead.rows[0].cells).forEach(function (other) { other.removeAttribute("aria-sort"); });
      heading.setAttribute("aria-sort", way === 1 ? "ascending" : "descending");
      const keys = rows.map(function (row) { return key(row, column); });
      order = rows.map(function (_, place) { return place; });
      order.sort(function (a, b) { return compare(keys[a], keys[b], way) || a - b; });
      const sorted = document.createDocumentFragment();
      order.forEach(function (place) { sorted.appendChild(rows[place]); });
      body.appendChild(sorted);
      show();
    }

    Array.from(table.tHead.rows[0].cells).forEach(function (heading, column) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      button.addEventListener("click", function () { sort(heading, column); });
      heading.dataset.title = button.textContent;
      heading.replaceChildren(button);
    });
    if (box) {
      box.parentNode.hidden = false;
      box.addEventListener("input", function () { limit = STEP; show(); });
      more.addEventListener("click", function () { limit += STEP; show(); });
      all.addEventListener("click", function () { limit = rows.length; show(); });
      show();
    }
  }

  document.querySelectorAll("table[data-sortable]").forEach(enhance);
})();
