package provider

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestOrganizationExportsDataSource_includeLinks(t *testing.T) {
	t.Parallel()
	terraform := configured(t, rebillytest.NewFor(t), nil)
	for _, test := range []struct {
		arguments values
		listed    bool
	}{{values{}, false}, {values{"include_links": false}, false}, {values{"include_links": true}, true}} {
		attributes, diagnostics := terraform.readList(test.arguments)
		mustSucceed(t, diagnostics)
		if listed := strings.Contains(fmt.Sprint(plain(t, attributes["exports"])), rebillytest.SignedLinkSecret); listed != test.listed {
			t.Errorf("%v: the signed link is listed: %t", test.arguments, listed)
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

func TestOrganizationExportsDataSource_hasAnExportThatMovesOnce(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	for i := range 1200 {
		api.Add("org_eu", rebillytest.Queued("x"+strconv.Itoa(i), rebillytest.Created.Add(time.Duration(i)*time.Minute)))
	}
	newest := 1200
	// A new export is the first one in the requested order, and moves another
	// one from the first page to the second.
	moving := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("offset") == "1000" {
			api.Add("org_eu", rebillytest.Queued("x"+strconv.Itoa(newest), rebillytest.Created.Add(time.Duration(newest)*time.Minute)))
			newest++
		}
		api.ServeHTTP(w, r)
	})
	attributes, diagnostics := configured(t, moving, values{"organization_id": "org_eu"}).readList(values{"sort": []string{"-createdTime"}})
	mustSucceed(t, diagnostics)
	seen := map[any]bool{}
	ids := exportIDs(t, attributes)
	for _, id := range ids {
		if seen[id] {
			t.Errorf("%v is there twice", id)
		}
		seen[id] = true
	}
	if len(ids) != 1200 || plain(t, attributes["total"]) != "1201" {
		t.Errorf("got %d exports of %v", len(ids), plain(t, attributes["total"]))
	}
}

func TestOrganizationExportsDataSource_warnsIfNotAllAreReturned(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	for i := range 2005 {
		api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("x"+strconv.Itoa(i), rebillytest.Created))
	}
	attributes, diagnostics := configured(t, api, nil).readList(values{})
	// NewFor adds one more export.
	mustWarn(t, diagnostics, "filter", "Not All Matching Exports Returned", "2006 exports match, and Rebilly returns at most 2000 per query", "Narrow the filter", "createdTime:")
	if ids := exportIDs(t, attributes); len(ids) != 2000 {
		t.Errorf("got %d exports", len(ids))
	}
}

func TestOrganizationExportsDataSource_invalidArguments(t *testing.T) {
	t.Parallel()
	list := func(elements ...any) []tftypes.Value {
		var converted []tftypes.Value
		for _, element := range elements {
			converted = append(converted, tftypes.NewValue(tftypes.String, element))
		}

		return converted
	}
	tests := map[string]struct {
		arguments values
		want      string
	}{
		"no limit":                     {values{"limit": 0}, "must be at least 1"},
		"two fields in one element":    {values{"sort": list("createdTime,id")}, `"createdTime,id" is not a field name`},
		"empty field":                  {values{"sort": list("")}, `"" is not a field name`},
		"field with a space":           {values{"sort": list("created time")}, `"created time" is not a field name`},
		"null field":                   {values{"sort": list("status", nil)}, "null"},
		"organization_id with a slash": {values{"organization_id": "a/b"}, "letters, digits"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			diagnostics := startProvider(t, inMemory(rebillytest.NewFor(t), nil)).validateData(listType, test.arguments)
			if text := messages(diagnostics); len(diagnostics) != 1 || !strings.Contains(text, test.want) {
				t.Errorf("got %s, want %q", text, test.want)
			}
		})
	}
}

// Validation cannot see an element whose value is known only after it.
func TestSort_elementsUnknownToValidation(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	terraform := configured(t, api, nil)
	objects := map[string]struct {
		validate func(values) []*tfprotov6.Diagnostic
		run      func(values) []*tfprotov6.Diagnostic
	}{
		"data source": {
			func(arguments values) []*tfprotov6.Diagnostic { return terraform.validateData(listType, arguments) },
			func(arguments values) []*tfprotov6.Diagnostic {
				_, diagnostics := terraform.readList(arguments)

				return diagnostics
			},
		},
		"list resource": {
			terraform.validateList,
			func(arguments values) []*tfprotov6.Diagnostic {
				_, diagnostics := terraform.list(query{config: arguments, limit: 10})

				return diagnostics
			},
		},
	}
	for name, object := range objects {
		mustSucceed(t, object.validate(values{"sort": stringList("status", unknown)}))
		for _, test := range []struct {
			element any
			want    string
		}{
			{nil, "the element is null; remove it, for example with compact()."},
			{"", `"" is not a field name`},
			{"createdTime,id", `"createdTime,id" is not a field name; give one field per element`},
		} {
			diagnostics := object.run(values{"sort": stringList("status", test.element)})
			path := tftypes.NewAttributePath().WithAttributeName("sort").WithElementKeyInt(1)
			if text := messages(diagnostics); len(diagnostics) != 1 || !diagnostics[0].Attribute.Equal(path) ||
				!strings.Contains(text, "Invalid Argument Value: The value of sort[1] is invalid: "+test.want) {
				t.Errorf("%s: got %s", name, text)
			}
		}
	}
	if sent := len(api.Requests()); sent != 0 {
		t.Errorf("%d requests were sent", sent)
	}
}

func TestOrganizationExportsDataSource_limitBeyondAllPages(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	attributes, diagnostics := configured(t, api, nil).readList(values{"limit": int64(math.MaxInt64)})
	mustSucceed(t, diagnostics)
	if ids := exportIDs(t, attributes); len(ids) != 1 {
		t.Errorf("got %v", ids)
	}
}
