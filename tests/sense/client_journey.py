"""Run by the Python of a client's own environment: one journey through the service with that client, as it is.

python client_journey.py MODULE ADDRESS NAME PASSWORD
"""

import datetime
import importlib
import sys

import geojson

name, address, user, password = sys.argv[1:]
sta = importlib.import_module(name)
AuthHandler = importlib.import_module("frost_sta_client.service.auth_handler").AuthHandler
Service = sta.STAplusService if name == "staplus_client" else sta.SensorThingsService
service = Service(address, auth_handler=AuthHandler(user, password))


def must(told, wanted):
    assert told == wanted, (told, wanted)


location = sta.Location(
    name="pier", description="d", location=geojson.Point((108.4, 31.2)), encoding_type="application/geo+json"
)
thing = sta.Thing(name="buoy", description="d", properties={"owner": "lake"}, locations=[location])
service.create(thing)
sensor = sta.Sensor(name="probe", description="d", encoding_type="text/html", metadata="http://example.org/m")
observed = sta.ObservedProperty(name="temperature", definition="http://example.org/t", description="d")
unit = sta.UnitOfMeasurement(name="degree Celsius", symbol="degC", definition="ucum:Cel")
stream = sta.Datastream(
    name="water temperature", description="d", observation_type="http://example.org/om", unit_of_measurement=unit,
    sensor=sensor, observed_property=observed, thing=sta.Thing(id=thing.id),
)  # fmt: skip
service.create(stream)
start = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
step = datetime.timedelta(minutes=1)
made = []
for n in range(250):
    made.append(
        sta.Observation(
            result=float(n), phenomenon_time=(start + n * step).isoformat(), datastream=sta.Datastream(id=stream.id)
        )
    )
singly = len(made) if name == "staplus_client" else 3  # that client knows no data arrays
for one in made[:singly]:
    service.create(one)
    assert one.id, one
if singly == 3:
    array = importlib.import_module(f"{name}.model.ext.data_array_value").DataArrayValue()
    document = importlib.import_module(f"{name}.model.ext.data_array_document").DataArrayDocument()
    array.components = {array.Property.PHENOMENON_TIME, array.Property.RESULT}
    array.datastream = sta.Datastream(id=stream.id)
    for one in made[3:]:
        array.add_observation(one)
    document.add_data_array_value(array)
    links = service.observations().create(document)

things = service.things().query().filter("properties/owner eq 'lake'")
# the other client cannot read the locations that it expands itself
things = things.list() if name == "staplus_client" else things.expand("Locations").list()
must([t.name for t in things], ["buoy"])
observations = service.observations().query().filter("result ge 100").orderby("phenomenonTime", "asc").top(20).list()
must([o.result for o in observations], [float(n) for n in range(100, 250)])  # page by page
must(service.observations().query().count().top(1).list().count, 250)
found = service.things().find(thing.id)
must(found.properties["owner"], "lake")
found.description = "changed whole"
service.update(found)
must(service.things().find(thing.id).description, "changed whole")
found = service.things().find(thing.id)
import jsonpatch  # noqa: E402

service.patch(found, jsonpatch.JsonPatch([{"op": "replace", "path": "/name", "value": "raft"}]).patch)
must(service.things().find(thing.id).name, "raft")
must(service.things().find(thing.id).description, "changed whole")
one = service.observations().query().filter("result eq 1").list().entities[0]
again = service.observations().find(one.id)
must(again.result, 1)
service.delete(one)
must(len(service.observations().query().filter("result eq 1").list().entities), 0)
expanded = service.datastreams().query().expand("Thing,ObservedProperty,Sensor").list().entities[0]
must(expanded.observed_property.name, "temperature")
service.delete(found)
must(len(service.things().query().list().entities), 0)
print("done", name)
