"""Python's own HTTP client, with nothing but the environment."""
import json
import os
import sys
import urllib.request

for origin in sys.argv[1:]:
    headers = {"Authorization": "Bearer " + os.environ["GRAPHMOCK_TOKEN"]}
    with urllib.request.urlopen(urllib.request.Request(origin + "/v1.0/me", headers=headers)) as response:
        context = json.load(response)["@odata.context"]
        assert context.startswith(origin + "/v1.0/"), context
