"""Drives the gateway with zeep, a SOAP client that we did not write, from the WSDLs that the gateway publishes.

Reads {"baseUrl", "samples"} from standard input and prints, for each sample, what each call was answered.
"""

import json
import sys

import zeep
import zeep.helpers


def main():
    task = json.load(sys.stdin)
    answers = [drive(task["baseUrl"], sample) for sample in task["samples"]]
    json.dump(answers, sys.stdout, default=str)


def drive(base_url, sample):
    client = zeep.Client("%s/lis/%s?wsdl" % (base_url, sample["service"]))
    service = client.bind(port_name=sample["manager"] + "SyncSoapPort")
    header = header_of(client)
    name = sample["object"]
    element = name[0].lower() + name[1:]
    identifier = sample["sourcedId"]
    record = {"sourcedGUID": {"sourcedId": identifier}, element: sample["content"]}

    def call(operation, **parameters):
        answer = service[operation](_soapheaders=[header], **parameters)
        return zeep.helpers.serialize_object(answer, dict)

    return {
        "unknown": call("read" + name, sourcedId=identifier),
        "replace": call("replace" + name, sourcedId=identifier, **{element + "Record": record}),
        "read": call("read" + name, sourcedId=identifier),
        "ids": call("readAll" + name + "Ids"),
        "many": call("read" + name + "s", sourcedIdSet={"sourcedId": [identifier, "nobody"]}),
        "since": call("read" + name + "sFromSavePoint", fromSavePoint="2026-01-01T00:00:00.000"),
        "query": call("discover" + name + "Ids", queryObject="x"),
        "delete": call("delete" + name, sourcedId=identifier),
    }


def header_of(client):
    target = next(iter(client.wsdl.messages)).split("}")[0][1:]
    header = client.get_element("{%s}imsx_syncRequestHeaderInfo" % target)
    return header(imsx_version="V1.0", imsx_messageIdentifier="zeep-1")


main()
