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
