// A separate file, because the page's Content-Security-Policy allows no inline scripts.
const place = document.getElementById("api");
SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "none",
  tryItOutEnabled: true,
  validatorUrl: null,
  withCredentials: true,
});
