// The flame graph of a report's page: a click fills the picture with a box, the pointer tells what it is on. The page is
// complete without it.
"use strict";
(() => {
  const flame = document.querySelector("svg.flame");
  if (flame === null) return;
  const back = document.getElementById("flame-back");
  const said = document.getElementById("flame-said");
  const hint = said.textContent;
  const boxes = [...flame.querySelectorAll(":scope > svg")].map((svg) => ({
    svg,
    x: parseFloat(svg.getAttribute("x")),
    y: parseFloat(svg.getAttribute("y")),
    width: parseFloat(svg.getAttribute("width")),
    title: svg.querySelector("title").textContent,
  }));
  // Shares of the picture are written with three digits behind the point.
  const kSlack = 0.002;

  const show = (focus) => {
    for (const box of boxes) {
      const above = box.y < focus.y && box.x <= focus.x + kSlack &&
        box.x + box.width >= focus.x + focus.width - kSlack;
      const within = box.y >= focus.y && box.x >= focus.x - kSlack &&
        box.x + box.width <= focus.x + focus.width + kSlack;
      box.svg.style.display = above || within ? "" : "none";
      box.svg.classList.toggle("around", above);
      const scale = 100 / focus.width;
      box.svg.setAttribute("x", (above ? 0 : (box.x - focus.x) * scale) + "%");
      box.svg.setAttribute("width", (above ? 100 : box.width * scale) + "%");
    }
    back.hidden = focus === boxes[0];
  };

  const boxOf = (event) => {
    const svg = event.target.closest("svg.flame > svg");
    return boxes.find((box) => box.svg === svg);
  };
  flame.addEventListener("click", (event) => {
    const box = boxOf(event);
    if (box === undefined) return;
    show(box);
    said.textContent = box.title;
  });
  flame.addEventListener("pointerover", (event) => {
    const box = boxOf(event);
    said.textContent = box === undefined ? hint : box.title;
  });
  flame.addEventListener("pointerleave", () => { said.textContent = hint; });
  back.addEventListener("click", () => show(boxes[0]));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") show(boxes[0]);
  });
})();
