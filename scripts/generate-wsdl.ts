import { es1Descriptions, es1Schemas } from '../src/dialects/ims-es1/index.ts';
import { calledServices, services, writeSchema, writeWsdl } from '../src/dialects/lis2/index.ts';
import { saipServices } from '../src/dialects/saip/index.ts';
import * as wsdl from '../src/formats/wsdl/index.ts';
import type { GeneratedFile } from './generate.ts';

/** The contracts that we serve, and those that we call at a SIS, from the contract tables. */
export async function generate(): Promise<GeneratedFile[]> {
  return Promise.resolve([...lis2(), ...called(), ...saip(), ...es1()]);
}

function lis2(): GeneratedFile[] {
  return Object.values(services).flatMap((service) => [
    { path: `wsdl/lis2/${service.code}.wsdl`, text: writeWsdl(service, `http://localhost:8080/lis/${service.code}`) },
    { path: `wsdl/lis2/${service.code}.xsd`, text: writeSchema(service) },
  ]);
}

function called(): GeneratedFile[] {
  return Object.values(calledServices).flatMap((service) => [
    {
      path: `wsdl/lis2-called/${service.code}.wsdl`,
      text: writeWsdl(service, `https://sis.example.edu/lis/${service.code}`),
    },
    { path: `wsdl/lis2-called/${service.code}.xsd`, text: writeSchema(service) },
  ]);
}

function saip(): GeneratedFile[] {
  return Object.values(saipServices).flatMap((service) => [
    {
      path: `wsdl/saip/${service.code}.wsdl`,
      text: wsdl.writeWsdl(wsdl.describeService(service), `http://localhost:8080/saip/${service.code}`),
    },
    { path: `wsdl/saip/${service.code}.xsd`, text: wsdl.writeSchema(wsdl.schemaOfService(service)) },
  ]);
}

function es1(): GeneratedFile[] {
  const descriptions = Object.entries(es1Descriptions).map(([code, description]) => ({
    path: `wsdl/ims-es1/${code}.wsdl`,
    text: wsdl.writeWsdl(description, `http://localhost:8080/es1${code === 'all' ? '' : `/${code}`}`),
  }));
  const schemas = Object.entries(es1Schemas).map(([file, schema]) => ({
    path: `wsdl/ims-es1/${file}`,
    text: wsdl.writeSchema(schema),
  }));
  return [...descriptions, ...schemas];
}
