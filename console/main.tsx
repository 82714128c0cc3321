/** Renders the page into the document. */
import 'uplot/dist/uPlot.min.css';
import './styles/index.css';
import { options, render } from 'preact';
import { App } from './app.tsx';
import { createServices, ServicesContext } from './hooks/services.ts';
import { applyBasePath } from './state/base-path.ts';

applyBasePath(options, window);
const services = createServices(window);
const place = document.querySelector('#page');
if (place === null) throw new Error('index.html: expected an element with the id "page"');
render(
  <ServicesContext.Provider value={services}>
    <App />
  </ServicesContext.Provider>,
  place,
);
