// Stands in for the file of the same name that comes with Swagger UI and shows the API of others.
window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: new URL('../v3/api-docs', window.location.href).href,
    dom_id: '#swagger-ui',
    presets: [SwaggerUIBundle.presets.apis],
    layout: 'BaseLayout',
    validatorUrl: null,
    deepLinking: true,
    // A token that is entered here is forgotten when the page is closed.
    persistAuthorization: false,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    defaultModelsExpandDepth: 0,
  });
};
