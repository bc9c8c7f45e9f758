package directory

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/service"
)

// Lists of the credentials of applications and service principals. Secrets are stored, for
// Entra to check them, and shown once.
const (
	passwords = "passwordCredentials"
	keys      = "keyCredentials"
)

func credentialOperations() map[string]service.Operation {
	return map[string]service.Operation{
		"addPassword":    addPassword,
		"removePassword": func(c *service.Call) (service.Result, error) { return removeCredential(c, passwords) },
		"addKey":         addKey,
		"removeKey":      func(c *service.Call) (service.Result, error) { return removeCredential(c, keys) },
	}
}

// addPassword makes a secret and shows it. REC; DOC application-addpassword: two years, if
// nothing else is said
func addPassword(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	sent, _ := c.Body["passwordCredential"].(map[string]any)
	secret := newSecret(c)
	added := map[string]any{
		"customKeyIdentifier": nil, "displayName": sent["displayName"], "hint": secret[:3], "keyId": c.NewKey(appType),
		"secretText": secret, "startDateTime": sent["startDateTime"], "endDateTime": sent["endDateTime"],
	}
	setLifetime(c, added)
	add(c, e, passwords, added)
	return service.Result{Value: ordered(added, "customKeyIdentifier", "displayName", "endDateTime", "hint", "keyId",
		"secretText", "startDateTime")}, nil
}

// newSecret is a secret as Entra makes them: 40 characters.
func newSecret(c *service.Call) string {
	text := base64.RawURLEncoding.EncodeToString(randomBytes(c.NewKey(appType), c.NewKey(appType)))
	text = strings.ReplaceAll(text, "-", "~")
	return text[:3] + "8Q~" + text[3:37]
}

// randomBytes are those of GUIDs.
func randomBytes(guids ...string) []byte {
	var all []byte
	for _, each := range guids {
		guid := uuid.MustParse(each)
		all = append(all, guid[:]...)
	}
	return all
}

// setLifetime lets a credential begin now and end in two years, if it says nothing else.
func setLifetime(c *service.Call, credential map[string]any) {
	if credential["startDateTime"] == nil {
		credential["startDateTime"] = c.Now.Text
	}
	if credential["endDateTime"] == nil {
		ends := time.UnixMilli(c.Now.MS).UTC().AddDate(2, 0, 0)
		credential["endDateTime"] = graph.FormatTime(ends.UnixMilli())
	}
}

// addKey adds a certificate. The proof that the client has another one is not checked (assumed).
func addKey(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	sent, _ := c.Body["keyCredential"].(map[string]any)
	added := maps.Clone(sent)
	if added == nil {
		added = map[string]any{}
	}
	if added["keyId"] == nil {
		added["keyId"] = c.NewKey(appType)
	}
	setLifetime(c, added)
	add(c, e, keys, added)
	shown := maps.Clone(added)
	shown["key"] = nil
	return service.Result{Value: ordered(shown, "customKeyIdentifier", "displayName", "endDateTime", "key", "keyId",
		"startDateTime", "type", "usage")}, nil
}

func add(c *service.Call, e *service.Entity, list string, credential map[string]any) {
	all, _ := e.Properties[list].([]any)
	e.Properties[list] = append(slices.Clone(all), credential)
	c.Put(e)
}

// removeCredential answers 204; that there has to be one with the id is DOC, the words are
// assumed.
func removeCredential(c *service.Call, list string) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	all, _ := e.Properties[list].([]any)
	left := slices.DeleteFunc(slices.Clone(all), func(each any) bool {
		credential, _ := each.(map[string]any)
		return equalFold(credential["keyId"], c.Body["keyId"])
	})
	if len(left) == len(all) {
		return service.Result{}, service.Fail("credential-unknown")
	}
	e.Properties[list] = left
	c.Put(e)
	return service.Result{}, nil
}

// hideSecrets leaves out what is shown once only. REC: secretText is null, the hint stays
func hideSecrets(entity map[string]any) {
	hide := func(list, property string) {
		all, _ := entity[list].([]any)
		for _, each := range all {
			if credential, _ := each.(map[string]any); credential != nil {
				credential[property] = nil
			}
		}
	}
	hide(passwords, "secretText")
	hide(keys, "key")
}

// keepSecrets lets a client that writes back what it has read not lose what it was not shown.
func keepSecrets(stored, sent map[string]any) {
	keep := func(list, property string) {
		had, _ := stored[list].([]any)
		now, _ := sent[list].([]any)
		for _, each := range now {
			credential, _ := each.(map[string]any)
			for _, old := range had {
				old, _ := old.(map[string]any)
				if credential != nil && credential[property] == nil && equalFold(old["keyId"], credential["keyId"]) {
					credential[property] = old[property]
				}
			}
		}
	}
	keep(passwords, "secretText")
	keep(keys, "key")
}

// ordered is an object with its members in an order, those that are missing as null.
func ordered(of map[string]any, names ...string) jsontext.Object {
	object := make(jsontext.Object, 0, len(names))
	for _, name := range names {
		object = append(object, jsontext.Member{Name: name, Value: of[name]})
	}
	return object
}
