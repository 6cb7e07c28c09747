#!/usr/bin/env python3
"""Opens pages of `analyze --format html` in headless Chromium: look_at_page.py CHROMIUM FOLDER PAGE...

Each page is shown on a wide screen and on a phone, light and dark. A page must not ask for anything but itself, must not say
anything on the console, must not be wider than the screen, and must have enough contrast to be read (WCAG 2: 4.5 to 1); no
name of a trace may have become a script; a click on the flame graph fills it with that box, and its button undoes it.
Pictures of all of that go to FOLDER, for people. Speaks the DevTools protocol over a pipe: no port, no library.
Prints every mistake; exits with 1 if there was one.
"""
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

SCREENS = {"wide": (1280, 900, False), "phone": (390, 844, True)}

# The contrast of every piece of text to what lies behind it; those that are too faint.
CONTRAST = r"""
(() => {
  const parse = (text) => {
    const parts = text.match(/[\d.]+/g).map(Number);
    return parts.length < 4 ? [...parts, 1] : parts;
  };
  const light = ([r, g, b]) => {
    const part = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255, 1];
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
    if (!text || element.closest("script, title") || element.getClientRects().length === 0) continue;
    const box = element.closest("svg.flame > svg");
    const style = getComputedStyle(element);
    const ink = parse(box ? style.fill : style.color);
    const ground = box ? parse(getComputedStyle(box.querySelector("rect")).fill) : behind(element);
    const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) faint.push(`${contrast.toFixed(2)}: ${element.textContent.trim().slice(0, 40)}`);
  }
  return faint;
})()
"""

FLAME = r"""
(() => {
  const boxes = [...document.querySelectorAll("svg.flame > svg")];
  if (boxes.length === 0) return "no flame graph";
  const narrow = boxes.filter((box) => parseFloat(box.getAttribute("width")) < 100).at(0);
  if (narrow === undefined) return "nothing to click";
  const before = boxes.map((box) => box.getAttribute("width")).join();
  const click = { bubbles: true };
  narrow.querySelector("rect").dispatchEvent(new MouseEvent("click", click));
  if (narrow.getAttribute("width") !== "100%") return "MISTAKE: a click does not widen a box";
  const back = document.getElementById("flame-back");
  if (back.hidden) return "MISTAKE: no way back";
  if (!document.getElementById("flame-said").textContent.includes("(")) return "MISTAKE: the box is not told";
  back.click();
  const after = boxes.map((box) => parseFloat(box.getAttribute("width")));
  const same = before.split(",").every((width, at) => Math.abs(parseFloat(width) - after[at]) < 1e-6);
  return same && back.hidden ? "clicked" : "MISTAKE: the button does not go back";
})()
"""


class Browser:
    def __init__(self, program, profile):
        to_read, self.to = os.pipe()
        self.back, from_write = os.pipe()
        # Descriptors 3 and 4 are the protocol's.
        arguments = [program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
                     "--no-first-run", "--disable-extensions", "--disable-background-networking",
                     "--disable-component-update", "--disable-sync", "--hide-scrollbars",
                     f"--user-data-dir={profile}", "about:blank"]
        command = 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"'
        self.process = subprocess.Popen(["bash", "-c", command, "bash", str(to_read), str(from_write), *arguments],
                                        pass_fds=(to_read, from_write), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(from_write)
        self.left = b""
        self.number = 0
        self.events = []

    def message(self):
        while b"\0" not in self.left:
            part = os.read(self.back, 1 << 16)
            if not part:
                raise RuntimeError("the browser ended")
            self.left += part
        one, self.left = self.left.split(b"\0", 1)
        return json.loads(one)

    def call(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, event):
        while not any(one.get("method") == event for one in self.events):
            self.events.append(self.message())

    def close(self):
        try:
            self.call("Browser.close")
        except RuntimeError:
            pass
        self.process.wait(timeout=60)


class Page:
    """One page on one screen, in a tab of its own."""

    def __init__(self, browser, path, screen, scheme):
        self.browser = browser
        self.url = path.resolve().as_uri()
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.target = target
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.width, height, mobile = SCREENS[screen]
        self.call("Emulation.setDeviceMetricsOverride", width=self.width, height=height, deviceScaleFactor=1, mobile=mobile)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.events.clear()
        self.call("Page.navigate", url=self.url)
        browser.wait_for("Page.loadEventFired")

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"]))
        return result["result"].get("value")

    def picture(self, path):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 12000), "scale": 1}
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def mistakes(self):
        # Not innerWidth: a phone makes itself wider for a page that does not fit.
        width = self.width
        asked = self.value("document.documentElement.scrollWidth")
        if asked > width:
            yield f"is {asked} pixels wide on a screen of {width}"
        for faint in self.value(CONTRAST)[:5]:
            yield "is too faint, " + faint
        if self.value("window.hacked !== undefined"):
            yield "ran a script of the trace"
        if self.value("document.querySelectorAll('script').length") != 1:
            yield "has more scripts than its own"
        if self.value("document.querySelectorAll('[href], [src], [action], [style], link, img, iframe, base').length"):
            yield "has what could lead elsewhere"
        flame = self.value(FLAME)
        if flame.startswith("MISTAKE"):
            yield flame
        for event in self.browser.events:
            method, parameters = event.get("method"), event.get("params", {})
            if method == "Network.requestWillBeSent" and parameters["request"]["url"] != self.url:
                yield "asks for " + parameters["request"]["url"]
            elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
                yield "says " + json.dumps(parameters)[:300]

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)


def main():
    program, folder, pages = sys.argv[1], pathlib.Path(sys.argv[2]), [pathlib.Path(path) for path in sys.argv[3:]]
    folder.mkdir(parents=True, exist_ok=True)
    mistakes = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        for path in pages:
            for screen in SCREENS:
                for scheme in ("light", "dark"):
                    page = Page(browser, path, screen, scheme)
                    page.picture(folder / f"{path.stem}-{screen}-{scheme}.png")
                    for mistake in page.mistakes():
                        print(f"{path.name}, {screen}, {scheme}: {mistake}")
                        mistakes += 1
                    page.close()
        browser.close()
    print(f"{len(pages)} pages, {mistakes} mistakes")
    return 1 if mistakes or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
