package directory

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

const (
	skus       = "subscribedSkus"
	detailType = "microsoft.graph.licenseDetails"
)

// assignLicense gives licenses to a user or a group, and takes them. DOC user-assignlicense:
// 200; group-assignlicense: 202, both with the object
func assignLicense(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err == nil {
		err = needs(c, "addLicenses", "removeLicenses")
	}
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
		if product := productWith(c.Tx, sku); product != nil && e.Type == userType && !hasUnits(product) { // OBS
			return service.Result{}, service.Fail("license-exhausted", "{id}", sku)
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
	return c.Tx.Len(skus) == 0 || productWith(c.Tx, sku) != nil
}

// consume counts a license of a product that a user gets or loses; a group's are consumed by its members.
func consume(c *service.Call, of *service.Entity, sku string, n int) {
	if product := productWith(c.Tx, sku); product != nil && of.Type == userType {
		used, _ := strconv.Atoi(string(number(product.Properties["consumedUnits"])))
		product.Properties["consumedUnits"] = json.Number(strconv.Itoa(max(used+n, 0)))
		c.Put(product)
	}
}

// productWith is the product with an id that the tenant has subscribed to, nil if there is none.
func productWith(r store.Reader, sku string) *service.Entity {
	var at store.Cursor
	for more := true; more; {
		var page []store.Record
		page, at, more = r.Snapshot(skus).Page(r, at, 100)
		for i := range page {
			if e, found := service.Read(r, skus+"/"+page[i].ID); found && equalFold(e.Properties["skuId"], sku) {
				return e
			}
		}
	}
	return nil
}

// licenseDetails are what the licenses of a user are about. DOC user-list-licensedetails
func licenseDetails() *service.Behavior {
	return &service.Behavior{
		Type: detailType, NotFound: "object-not-found", Order: []string{"id", "skuId", "skuPartNumber", "servicePlans"},
		Given: func(r store.Reader, collection string) (all []map[string]any) {
			user, found := service.Read(r, service.OwnerOf(collection))
			if !found || user.Type != userType || r.Len(collection) > 0 { // fixtures may say it
				return nil
			}
			licenses, _ := user.Properties["assignedLicenses"].([]any)
			for _, each := range licenses {
				license, _ := each.(map[string]any)
				sku, _ := license["skuId"].(string)
				details := map[string]any{"id": detailID(user.Key(), sku), "skuId": sku, "servicePlans": []any{}}
				if product := productWith(r, sku); product != nil {
					details["skuPartNumber"] = product.Properties["skuPartNumber"]
					if plans, has := product.Properties["servicePlans"].([]any); has {
						details["servicePlans"] = plans
					}
				}
				all = append(all, details)
			}
			return all
		},
	}
}

// hasUnits reports whether a product has unassigned licenses; one without bounds always does.
func hasUnits(product *service.Entity) bool {
	units, _ := product.Properties["prepaidUnits"].(map[string]any)
	most, err := number(units["enabled"]).Int64()
	used, _ := number(product.Properties["consumedUnits"]).Int64()
	return err != nil || used < most
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
		Type: unitType, LinkDeltas: []string{"members"}, Required: []string{"displayName"},
		Check: checked(checkValues(unitType, []string{"displayName"}, nil), checkExtensions),
	})
}
