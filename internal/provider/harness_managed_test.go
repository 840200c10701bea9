package provider

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// configuredFor returns a provider whose default organization is in the
// environment variable. An empty one means the credential's.
func configuredFor(t *testing.T, api http.Handler, organization string) protocol {
	t.Helper()

	return configuredWith(t, inMemory(api, map[string]string{organizationIDVariable: organization}), nil)
}

// restart returns the instance as the next run of Terraform finds it, with a
// provider that is configured in another way.
func (m *managed) restart(next protocol) *managed {
	instance := *m
	instance.protocol = next

	return &instance
}

// id returns the ID of the export in state.
func (m *managed) id() string {
	m.t.Helper()

	return as[string](m.t, m.current()["id"])
}

// exportsPath returns the path of an organization's exports, or of one of them.
// An empty organization means the credential's.
func exportsPath(organization string, id ...string) string {
	elements := append([]string{"organization-exports"}, id...)
	if organization != "" {
		elements = append([]string{"organizations", organization}, elements...)
	}

	return "/" + strings.Join(elements, "/")
}

// sentSince returns the method and the path of every request after the first
// ones.
func sentSince(api *rebillytest.API, first int) []string {
	var lines []string
	for _, request := range api.Requests()[first:] {
		lines = append(lines, request.Method+" "+request.Path)
	}

	return lines
}

func mustHaveSent(t *testing.T, api *rebillytest.API, first int, want ...string) {
	t.Helper()
	mustEqual(t, "the requests", want, sentSince(api, first))
}

// mustPlanNothing fails the test unless the plan is the state.
func mustPlanNothing(t *testing.T, instance *managed, plan planned) {
	t.Helper()
	mustSucceed(t, plan.diagnostics)
	for name, want := range instance.current() {
		if got := plan.attributes[name]; !got.Equal(want) {
			t.Errorf("%s is planned as %s and is %s", name, got, want)
		}
	}
}

// mustReplace fails the test unless these attributes alone force a replacement.
func mustReplace(t *testing.T, plan planned, attributes ...string) {
	t.Helper()
	mustEqual(t, "what forces a replacement", attributes, plan.replaces)
}

// unknowns returns the names of the attributes that the plan does not know,
// sorted.
func (p planned) unknowns() []string {
	var names []string
	for name, value := range p.attributes {
		if !value.IsFullyKnown() {
			names = append(names, name)
		}
	}

	return slices.Sorted(slices.Values(names))
}

func (m *managed) identityIs(id string, organization any) {
	m.t.Helper()
	m.mustIdentify(m.identity, id, organization)
}

func (m *managed) mustIdentify(identity *tfprotov6.ResourceIdentityData, id string, organization any) {
	m.t.Helper()
	value := must(identity.IdentityData.Unmarshal(identityType))
	mustEqual(m.t, "the identity", any(map[string]any{"id": id, "organization_id": organization}), plain(m.t, value))
}
