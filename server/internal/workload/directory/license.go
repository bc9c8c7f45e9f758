package directory

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/server/internal/service"
)

const (
	skus       = "subscribedSkus"
	detailType = "microsoft.graph.licenseDetails"
)

// assignLicense gives licenses to a user or a group, and takes them. DOC user-assignlicense:
// 200; group-assignlicense: 202, both with the object
func assignLicense(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	given, _ := c.Body["addLicenses"].([]any)
	taken := texts(c.Body["removeLicenses"])
	if e.Type == userType && len(given) > 0 && e.Text("usageLocation") == "" { // OBS
		return service.Result{}, service.Fail("usage-location")
	}
	now, _ := e.Properties["assignedLicenses"].([]any)
	now = slices.Clone(now)
	for _, sku := range taken {
		i := slices.IndexFunc(now, isSKU(sku))
		if i < 0 { // OBS
			return service.Result{}, service.Fail("license-missing")
		}
		now = slices.Delete(now, i, i+1)
		consume(c, e, sku, -1)
	}
	for _, each := range given {
		license, _ := each.(map[string]any)
		sku, _ := license["skuId"].(string)
		if uuid.Validate(sku) != nil || !isSold(c, sku) { // OBS
			return service.Result{}, service.Fail("license-unknown", "{id}", sku)
		}
		disabled, _ := license["disabledPlans"].([]any)
		added := map[string]any{"disabledPlans": append([]any{}, disabled...), "skuId": strings.ToLower(sku)}
		if i := slices.IndexFunc(now, isSKU(sku)); i >= 0 {
			now[i] = added
			continue
		}
		now = append(now, added)
		consume(c, e, sku, 1)
	}
	e.Properties["assignedLicenses"] = now
	result := service.Result{Entity: c.Put(e)}
	if e.Type == groupType {
		result.Status = 202
	}
	return result, nil
}

func isSKU(sku string) func(any) bool {
	return func(each any) bool {
		license, _ := each.(map[string]any)
		return equalFold(license["skuId"], sku)
	}
}

// isSold reports whether the tenant has subscribed to a product. One of which nothing is known
// to be sold has all (assumed).
func isSold(c *service.Call, sku string) bool {
	some, sold := false, false
	c.Each(skus, service.Slice{}, func(e *service.Entity) bool {
		some, sold = true, equalFold(e.Properties["skuId"], sku)
		return !sold
	})
	return sold || !some
}

// consume counts a license of a product, and keeps the details of a user's.
func consume(c *service.Call, of *service.Entity, sku string, n int) {
	var product *service.Entity
	c.Each(skus, service.Slice{}, func(e *service.Entity) bool {
		if equalFold(e.Properties["skuId"], sku) {
			product = e
		}
		return product == nil
	})
	if product == nil {
		product = &service.Entity{Properties: map[string]any{}}
	}
	if of.Type != userType { // a group's are consumed by its members
		return
	}
	if product.Path != "" {
		used, _ := strconv.Atoi(string(number(product.Properties["consumedUnits"])))
		product.Properties["consumedUnits"] = json.Number(strconv.Itoa(max(used+n, 0)))
		c.Put(product)
	}
	id := detailID(of.Key(), sku)
	if n < 0 {
		c.Delete(of.Path + "/licenseDetails/" + id)
		return
	}
	plans, _ := product.Properties["servicePlans"].([]any)
	c.Create(of.Path+"/licenseDetails", detailType, map[string]any{
		"id": id, "skuId": strings.ToLower(sku), "skuPartNumber": product.Properties["skuPartNumber"],
		"servicePlans": append([]any{}, plans...),
	})
}

func number(v any) json.Number {
	n, _ := v.(json.Number)
	return n
}

// detailID is a GUID and that of the product, in 43 characters. DOC, decoded
func detailID(user, sku string) string {
	if uuid.Validate(sku) != nil { // fixtures may say so
		return derivedID(user, sku)
	}
	return base64.RawURLEncoding.EncodeToString(randomBytes(derivedID(user, "license"), sku))
}

// roles are those that most tenants use, by their template's id. DOC permissions-reference of
// Entra; without the descriptions
var roles = map[string]string{
	"62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
	"f2ef992c-3afb-46b9-b7cf-a126ee74c451": "Global Reader",
	"fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
	"fdd7a751-b60b-444a-984c-02652fe8fa1c": "Groups Administrator",
	"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
	"158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
	"88d8e3e3-8f55-4a1e-953a-9b9898b8876b": "Directory Readers",
	"9360feb5-f418-4baa-8175-e2a00bac4301": "Directory Writers",
	"729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
	"4d6ac14f-3453-41d0-bef9-a3e0c569773a": "License Administrator",
	"e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
	"194ae4cb-b126-40b2-bd5b-6091b380977d": "Security Administrator",
	"5d6b6bb7-de71-4623-b4af-96380a352509": "Security Reader",
	"f28a1f50-f6e7-4571-818b-6a12f2af6b6c": "SharePoint Administrator",
	"69091246-20e8-4a56-aa4d-066075b2a7a8": "Teams Administrator",
	"29232cdf-9323-42fd-ade2-1d097af3e4de": "Exchange Administrator",
	"3a2c62db-5318-420d-8d74-23affee5d9d5": "Intune Administrator",
}

// directoryRoles are the behaviors of roles and of their templates.
func directoryRoles() []*service.Behavior {
	var templates []map[string]any
	for id, name := range roles {
		templates = append(templates, map[string]any{"id": id, "displayName": name})
	}
	slices.SortFunc(templates, func(a, b map[string]any) int {
		return strings.Compare(a["displayName"].(string), b["displayName"].(string))
	})
	return []*service.Behavior{
		object(service.Behavior{Type: "microsoft.graph.directoryRoleTemplate", Initial: templates}),
		object(service.Behavior{
			Type: roleType, LinkDeltas: []string{"members"},
			Required: []string{"roleTemplateId"}, // DOC directoryrole-post-directoryroles
			Order:    []string{"id", "deletedDateTime", "description", "displayName", "roleTemplateId"},
			Check:    activate,
		}),
	}
}

// activate makes a role of a template.
func activate(c *service.Call, w *service.Write) error {
	id, _ := w.Sent["roleTemplateId"].(string)
	if w.Old != nil {
		return nil
	}
	c.Settle("directoryRoleTemplates", "microsoft.graph.directoryRoleTemplate")
	template, found := c.Get("directoryRoleTemplates/" + strings.ToLower(id))
	if !found {
		return service.Fail("object-not-found", "{id}", id)
	}
	if _, active := c.Find("directoryRoles", "roleTemplateId", strings.ToLower(id)); active { // OBS of settings and roles
		return service.Fail("object-conflict")
	}
	w.Sent["displayName"], w.Sent["description"] = template.Properties["displayName"], template.Properties["description"]
	return nil
}

// device is the behavior of devices. DOC device-post-devices
func device() *service.Behavior {
	return object(service.Behavior{
		Type: deviceType,
		Required: []string{"accountEnabled", "alternativeSecurityIds", "deviceId", "displayName", "operatingSystem",
			"operatingSystemVersion"},
		Unique: []string{"deviceId"},
		Check:  checkExtensions,
		Value: once(map[string]func(*service.Write) any{
			"registrationDateTime": (*service.Write).Created,
		}),
	})
}

// unit is the behavior of administrative units. DOC directory-post-administrativeunits
func unit() *service.Behavior {
	return object(service.Behavior{
		Type: unitType, LinkDeltas: []string{"members"}, Required: []string{"displayName"}, Check: checkExtensions,
	})
}
