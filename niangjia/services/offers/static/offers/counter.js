/* Reads codes at the counter. A scanner starts, stops and tells what it read; which one is used depends on what there is:
   WeChat's own, the browser's detector, or jsQR. Typing needs none of them. Words come from the page. */
(() => {
  "use strict";

  const place = document.querySelector("[data-camera]");
  const form = document.querySelector("[data-scan-form]");
  if (!place || !form) return;

  const words = place.dataset;
  const video = place.querySelector("[data-video]");
  const says = place.querySelector("[data-says]");
  const say = (text) => { says.textContent = text; };

  const distinct = (texts) => [...new Set(texts.filter(Boolean))];

  class CameraScanner {
    constructor(onCode) { this.onCode = onCode; this.running = false; }

    async start() {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      video.srcObject = stream;
      await video.play();
      this.running = true;
      this.next();
    }

    stop() {
      this.running = false;
      (video.srcObject ? video.srcObject.getTracks() : []).forEach((track) => track.stop());
      video.srcObject = null;
    }

    /* Two codes in one picture: nobody could say which was meant. */
    async next() {
      if (!this.running) return;
      const texts = video.videoWidth && !document.hidden ? await this.read().catch(() => []) : [];
      if (texts.length > 1) say(words.two);
      if (texts.length === 1) this.onCode(texts[0]);
      setTimeout(() => this.next(), 150);
    }
  }

  class DetectorScanner extends CameraScanner {
    async read() {
      this.detector = this.detector || new window.BarcodeDetector({ formats: ["qr_code"] });
      return distinct((await this.detector.detect(video)).map((found) => found.rawValue));
    }
  }

  class PixelScanner extends CameraScanner {
    async read() {
      this.canvas = this.canvas || document.createElement("canvas");
      const scale = Math.min(1, 640 / video.videoWidth);
      this.canvas.width = Math.round(video.videoWidth * scale);
      this.canvas.height = Math.round(video.videoHeight * scale);
      const context = this.canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(video, 0, 0, this.canvas.width, this.canvas.height);
      const first = this.find(context);
      if (!first) return this.halves(context);
      this.cover(context, first.location);
      const second = this.find(context);
      return distinct(second ? [first.data, second.data] : [first.data]);
    }

    /* Codes side by side confuse the search for corners; now and then each half is read for itself. */
    halves(context) {
      this.empty = (this.empty || 0) + 1;
      if (this.empty % 4) return [];
      const { width, height } = this.canvas;
      const [across, down] = [Math.floor(width / 2), Math.floor(height / 2)];
      const parts = [[0, 0, across, height], [across, 0, across, height], [0, 0, width, down], [0, down, width, down]];
      return distinct(parts.map((part) => this.find(context, ...part)).map((found) => found && found.data));
    }

    find(context, left = 0, top = 0, width = this.canvas.width, height = this.canvas.height) {
      const image = context.getImageData(left, top, width, height);
      return window.jsQR(image.data, width, height, { inversionAttempts: "dontInvert" });
    }

    /* Paint over what was read, so that the next reading finds the other code, if there is one. */
    cover(context, at) {
      context.fillStyle = "#fff";
      context.beginPath();
      [at.topLeftCorner, at.topRightCorner, at.bottomRightCorner, at.bottomLeftCorner].forEach(({ x, y }, number) => {
        if (number) context.lineTo(x, y);
        else context.moveTo(x, y);
      });
      context.fill();
    }
  }

  class WeChatScanner {
    constructor(onCode) { this.onCode = onCode; }

    async start() {
      window.wx.scanQRCode({ needResult: 1, scanType: ["qrCode"], success: (found) => this.onCode(found.resultStr) });
    }

    stop() {}
  }

  const scanner = async (onCode) => {
    if (window.wx && window.wx.scanQRCode) return new WeChatScanner(onCode);
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return null;
    const formats = window.BarcodeDetector ? await window.BarcodeDetector.getSupportedFormats().catch(() => []) : [];
    return formats.includes("qr_code") ? new DetectorScanner(onCode) : new PixelScanner(onCode);
  };

  const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
  const result = document.getElementById("result");
  const field = form.querySelector("[data-text]");
  const copy = (name) => document.querySelector(`template[${name}]`).content.cloneNode(true);

  /* A code is told once as long as it stays in view, and not while somebody still has to confirm or hand over. */
  const LEFT_VIEW = 2000;
  let last = "", seen = 0;
  const tell = (text) => {
    const stayed = text === last && performance.now() - seen < LEFT_VIEW;
    const busy = result.querySelector("[data-result=found], [data-result=done]");
    if (text === last || !busy) seen = performance.now();
    if (stayed || busy) return;
    last = text;
    if (navigator.vibrate) navigator.vibrate(60);
    say("");
    field.value = text;
    form.requestSubmit();
  };

  /* Each try is a new one, but what was not answered is sent again as the same. */
  form.addEventListener("submit", () => { form.querySelector("[data-nonce]").value = fresh(); }, true);

  const noAnswer = (event) => {
    const sent = event.target.closest("form");
    if (!sent || !(sent === form || result.contains(sent))) return;
    if (!sent.matches("[data-confirm]")) {
      result.replaceChildren(copy("data-no-look"));
      return;
    }
    result.querySelectorAll("[data-result=unknown]").forEach((told) => told.remove());
    result.prepend(copy("data-no-answer"));
    sent.querySelector("button span").replaceChildren(copy("data-again"));
  };
  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) => document.body.addEventListener(name, noAnswer));
  window.addEventListener("offline", () => { if (!result.querySelector("form")) result.replaceChildren(copy("data-no-look")); });

  /* A scanner of the keyboard kind types into the field: it stays ready, but a phone's keyboard does not jump up. */
  const ready = () => { if (window.matchMedia("(hover: hover) and (pointer: fine)").matches) field.focus(); };
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) return;
    field.value = "";
    result.scrollIntoView({ block: "nearest" });
    if (!result.querySelector("[data-confirm]")) ready();
  });
  ready();

  result.addEventListener("click", (event) => {
    if (!event.target.closest("[data-next]")) return;
    event.preventDefault();
    result.replaceChildren(copy("data-none"));
    ready();
  });

  place.hidden = false;
  if (!window.isSecureContext) {
    say(words.insecure);
    place.querySelector("[data-open]").hidden = true;
    return;
  }
  let current = null;
  const close = () => {
    if (current) current.stop();
    place.classList.remove("is-open");
  };
  place.querySelector("[data-open]").addEventListener("click", async () => {
    current = await scanner(tell);
    if (!current) { say(words.denied); return; }
    try {
      place.classList.toggle("is-open", current instanceof CameraScanner);
      await current.start();
      say("");
    } catch {
      close();
      say(words.denied);
    }
  });
  place.querySelector("[data-close]").addEventListener("click", close);
  window.addEventListener("pagehide", close);
})();
