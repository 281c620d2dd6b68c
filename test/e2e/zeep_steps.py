"""Calls operations with zeep, a SOAP client that we did not write, from the WSDLs that the gateway publishes.

Reads {"user", "secret", "steps"} from standard input and prints the header and the body of each answer. A step has the
address of its WSDL, its port, its header ({"element", "content"}), its operation and its parameters.
"""

import json
import sys

import requests
import zeep
import zeep.helpers


def main():
    task = json.load(sys.stdin)
    session = requests.Session()
    session.auth = (task["user"], task["secret"])
    transport = zeep.Transport(session=session)
    clients = {}

    def call(step):
        wsdl = step["wsdl"]
        if wsdl not in clients:
            clients[wsdl] = zeep.Client(wsdl, transport=transport)
        client = clients[wsdl]
        header = client.get_element(step["header"]["element"])(**step["header"]["content"])
        service = client.bind(port_name=step["port"])
        answer = service[step["operation"]](_soapheaders=[header], **step["parameters"])
        return zeep.helpers.serialize_object(answer, dict)

    json.dump([call(step) for step in task["steps"]], sys.stdout, default=str)


main()
