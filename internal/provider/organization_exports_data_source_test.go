package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestOrganizationExportsDataSource_includeLinks(t *testing.T) {
	t.Parallel()
	terraform := configured(t, rebillytest.NewFor(t), nil)
	for include, want := range map[any]bool{nil: false, false: false, true: true} {
		attributes, diagnostics := terraform.readList(values{"include_links": include})
		mustSucceed(t, diagnostics)
		if listed := strings.Contains(fmt.Sprint(plain(t, attributes["exports"])), rebillytest.SignedLinkSecret); listed != want {
			t.Errorf("include_links = %v: the signed link is listed: %t", include, listed)
		}
	}
}

// exportIDs returns the IDs of the exports in a list's state.
func exportIDs(t *testing.T, attributes map[string]tftypes.Value) []any {
	t.Helper()
	var ids []any
	exports, _ := plain(t, attributes["exports"]).([]any)
	for _, export := range exports {
		object, _ := export.(map[string]any)
		ids = append(ids, object["id"])
	}

	return ids
}

// manyExports returns a fake with more exports than Rebilly returns.
func manyExports() *rebillytest.API {
	api := rebillytest.New()
	for number := range rebilly.MaxListable + 1 {
		api.Add(rebillytest.DefaultOrganization, rebillytest.Queued(fmt.Sprintf("x%04d", number), rebillytest.Created))
	}

	return api
}

func TestOrganizationExportsDataSource_warnsIfNotAllAreReturned(t *testing.T) {
	t.Parallel()
	attributes, diagnostics := configured(t, manyExports(), nil).readList(values{})
	mustWarn(t, diagnostics, "filter", "Not All Matching Exports Returned", "2001")
	mustHave(t, attributes, map[string]any{"total": "2001"})
	if ids := exportIDs(t, attributes); len(ids) != rebilly.MaxListable {
		t.Errorf("got %d exports", len(ids))
	}
}

func TestOrganizationExports_invalidArguments(t *testing.T) {
	t.Parallel()
	terraform := unconfigured(t, nil)
	for name, validate := range map[string]func(values) []*tfprotov6.Diagnostic{
		"data source": func(arguments values) []*tfprotov6.Diagnostic { return terraform.validateData(listType, arguments) }, "list resource": terraform.validateList,
	} {
		for argument, invalid := range map[string][]any{
			"limit":           {0, 1.5},
			"organization_id": {"a/b"},
			"sort":            {stringList("createdTime,id"), stringList(""), stringList("created time"), stringList("status", nil)},
		} {
			for _, value := range invalid {
				if argument == "limit" && name == "list resource" {
					continue // It is Terraform's.
				}
				diagnostics := validate(values{argument: value})
				if len(diagnostics) != 1 || !strings.HasPrefix(diagnostics[0].Attribute.String(), `AttributeName("`+argument+`")`) {
					t.Errorf("%s, %s = %v: got %s", name, argument, value, messages(diagnostics))
				}
			}
		}
		mustSucceed(t, validate(values{"sort": stringList("status", unknown)}))
	}
}

// Validation cannot see an element whose value is known only after it.
func TestSort_elementsUnknownToValidation(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	terraform := configured(t, api, nil)
	path := tftypes.NewAttributePath().WithAttributeName("sort").WithElementKeyInt(1)
	for element, want := range map[any]string{nil: "the element is null", "": `"" is not a field name`, "createdTime,id": `"createdTime,id" is not a field name`} {
		arguments := values{"sort": stringList("status", element)}
		_, read := terraform.readList(arguments)
		_, listed := terraform.list(query{config: arguments, limit: 10})
		for _, diagnostics := range [][]*tfprotov6.Diagnostic{read, listed} {
			if text := messages(diagnostics); len(diagnostics) != 1 || !diagnostics[0].Attribute.Equal(path) || !strings.Contains(text, want) {
				t.Errorf("%v: got %s", element, text)
			}
		}
	}
	mustHaveSent(t, api, 0)
}
