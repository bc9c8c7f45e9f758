package directory

import (
	"net/http"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
)

// groupOperations are those of groups alone.
func groupOperations() map[string]service.Operation {
	all := settings()
	all["assignLicense"] = assignLicense
	return all
}

// settings are actions of groups that set a property: 200, 204 of renew. DOC group-addfavorite, group-renew,
// group-resetunseencount, group-subscribebymail and the like
func settings() map[string]service.Operation {
	all := map[string]service.Operation{
		"renew": func(c *service.Call) (service.Result, error) {
			return set(c, http.StatusNoContent, "renewedDateTime", c.Now.Text)
		},
	}
	for name, to := range map[string]struct {
		property string
		value    any
	}{
		"addFavorite": {"isFavorite", true}, "removeFavorite": {"isFavorite", false},
		"subscribeByMail": {"isSubscribedByMail", true}, "unsubscribeByMail": {"isSubscribedByMail", false},
		"resetUnseenCount": {"unseenCount", 0},
	} {
		all[name] = func(c *service.Call) (service.Result, error) { return set(c, http.StatusOK, to.property, to.value) }
	}
	return all
}

func set(c *service.Call, status int, property string, value any) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	e.Properties[property] = value
	c.Put(e)
	return service.Result{Status: status}, nil
}

// tenants finds what is known of a tenant: of this one alone, as no other is known. DOC
// tenantrelationship-findtenantinformationbytenantid; what answers about others is assumed
func tenants() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.tenantRelationship",
		Operations: map[string]service.Operation{
			"findTenantInformationByTenantId": func(c *service.Call) (service.Result, error) {
				return tenant(c, func(id string, _ []any) bool { return strings.EqualFold(id, c.Argument("tenantId")) })
			},
			"findTenantInformationByDomainName": func(c *service.Call) (service.Result, error) {
				return tenant(c, func(_ string, domains []any) bool {
					for _, each := range domains {
						domain, _ := each.(map[string]any)
						if name, _ := domain["name"].(string); strings.EqualFold(name, c.Argument("domainName")) {
							return true
						}
					}
					return false
				})
			},
		},
	}
}

func tenant(c *service.Call, is func(id string, domains []any) bool) (service.Result, error) {
	record, found := c.Tx.First("organization")
	if !found {
		return service.Result{}, service.Fail("tenant-not-found")
	}
	organization := service.Decode(&record)
	domains, _ := organization["verifiedDomains"].([]any)
	id, _ := organization["id"].(string)
	if !is(id, domains) {
		if c.Known != nil {
			return c.OrKnown(service.Result{}), nil
		}
		return service.Result{}, service.Fail("tenant-not-found")
	}
	usual := any(nil)
	for _, each := range domains {
		if domain, _ := each.(map[string]any); domain["isDefault"] == true || usual == nil {
			usual = domain["name"]
		}
	}
	return service.Result{Value: map[string]any{
		"tenantId": id, "displayName": organization["displayName"], "defaultDomainName": usual, "federationBrandName": nil,
	}}, nil
}

// domains is the behavior of domains, whose names are their ids: verifying one always
// succeeds. DOC domain-post-domains, domain-verify
func domains() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.domain", ClientKey: true, NotFound: "object-not-found",
		Value: service.Defaults(map[string]any{
			"authenticationType": "Managed", "isAdminManaged": true, "isDefault": false, "isInitial": false, "isRoot": true,
			"isVerified": false, "supportedServices": []any{},
		}),
		Operations: map[string]service.Operation{"verify": func(c *service.Call) (service.Result, error) {
			e, err := c.Bound()
			if err != nil {
				return service.Result{}, err
			}
			e.Properties["isVerified"] = true
			return c.OrKnown(service.Result{Entity: c.Put(e)}), nil
		}},
	}
}

// risks are what administrators say of users and principals at risk. DOC riskyuser-dismiss,
// riskyuser-confirmcompromised, riskyuser-confirmsafe
func risks() (all []*service.Behavior) {
	for kind, ids := range map[string]string{"riskyUser": "userIds", "riskyServicePrincipal": "servicePrincipalIds"} {
		says := func(state, level, detail string) service.Operation {
			return func(c *service.Call) (service.Result, error) {
				for _, id := range texts(c.Parameter(ids)) {
					e, found := c.Get(c.Collection() + "/" + service.IDOf(strings.ToLower(id)))
					if !found {
						continue // assumed: who is not at risk is left alone
					}
					e.Properties["riskState"], e.Properties["riskLevel"], e.Properties["riskDetail"] = state, level, detail
					e.Properties["riskLastUpdatedDateTime"] = c.Now.Text
					c.Put(e)
				}
				return service.Result{Status: http.StatusNoContent}, nil
			}
		}
		who := map[string]string{"riskyUser": "User", "riskyServicePrincipal": "ServicePrincipal"}[kind]
		all = append(all, &service.Behavior{Type: "microsoft.graph." + kind, Operations: map[string]service.Operation{
			"dismiss":            says("dismissed", "none", "adminDismissedAllRiskFor"+who),
			"confirmCompromised": says("confirmedCompromised", "high", "adminConfirmed"+who+"Compromised"),
			"confirmSafe":        says("confirmedSafe", "none", "adminConfirmedAccountSafe"),
		}})
	}
	return all
}
