package provider

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// describedAttributes returns every attribute by its name, such as
// "data.rebilly_organization_export.links.href". Of an object, it has the description.
func describedAttributes(t *testing.T) map[string]*tfprotov6.SchemaAttribute {
	t.Helper()
	schemas := startProvider(t, inMemory(rebillytest.NewFor(t), nil)).schema
	described := map[string]*tfprotov6.SchemaAttribute{}
	var collect func(prefix string, attributes []*tfprotov6.SchemaAttribute)
	collect = func(prefix string, attributes []*tfprotov6.SchemaAttribute) {
		for _, attribute := range attributes {
			described[prefix+attribute.Name] = attribute
			if attribute.NestedType != nil {
				collect(prefix+attribute.Name+".", attribute.NestedType.Attributes)
			}
		}
	}
	collect("provider.", schemas.Provider.Block.Attributes)
	actions := map[string]*tfprotov6.Schema{}
	for name, schema := range schemas.ActionSchemas {
		actions[name] = schema.Schema
	}
	for kind, objects := range map[string]map[string]*tfprotov6.Schema{
		"data": schemas.DataSourceSchemas, "ephemeral": schemas.EphemeralResourceSchemas, "resource": schemas.ResourceSchemas,
		"list": schemas.ListResourceSchemas, "action": actions,
	} {
		for name, schema := range objects {
			described[kind+"."+name] = &tfprotov6.SchemaAttribute{Description: schema.Block.Description}
			collect(kind+"."+name+".", schema.Block.Attributes)
			for _, block := range schema.Block.BlockTypes {
				collect(kind+"."+name+"."+block.TypeName+".", block.Block.Attributes)
			}
		}
	}

	return described
}

// exportSchemas returns the attributes of an export in every object, by object.
func exportSchemas(t *testing.T) map[string]map[string]*tfprotov6.SchemaAttribute {
	t.Helper()
	described, found := describedAttributes(t), map[string]map[string]*tfprotov6.SchemaAttribute{}
	for object, prefix := range map[string]string{
		"data source": "data." + objectType, "ephemeral resource": "ephemeral." + objectType, "resource": "resource." + objectType, "list": "data." + listType + ".exports",
	} {
		found[object] = map[string]*tfprotov6.SchemaAttribute{}
		for name, attribute := range described {
			if name, ok := strings.CutPrefix(name, prefix+"."); ok && !strings.Contains(name, ".") {
				found[object][name] = attribute
			}
		}
	}

	return found
}

// The schemas are literal, so that they can be read. This test keeps them the same,
// and mappedAttributes, too.
func TestSchema_exportHasTheSameAttributesInEveryObject(t *testing.T) {
	t.Parallel()
	schemas := exportSchemas(t)
	for object, attributes := range schemas {
		for name := range mappedAttributes {
			want := schemas["ephemeral resource"][name]
			if name == "links" && object == "resource" || name == "record_counts" && object == "list" {
				// The state of a resource would keep the signed link. Exports in a list have
				// no record_counts.
				want = nil
			}
			if difference := cmp.Diff(want, attributes[name], cmpopts.IgnoreFields(tfprotov6.SchemaAttribute{}, "Required", "Optional", "Computed")); difference != "" {
				t.Errorf("%s: %s differs from the ephemeral resource's (-want +got):\n%s", object, name, difference)
			}
		}
	}
	got := slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(schemas["list"])), "record_counts")))
	if want := slices.Sorted(maps.Keys(mappedAttributes)); !slices.Equal(got, want) {
		t.Errorf("the schema has %v, mappedAttributes has %v", got, want)
	}
}

// organization_id is an argument of every object, with the same description.
func TestSchema_organizationID(t *testing.T) {
	t.Parallel()
	objects := 0
	for name, attribute := range describedAttributes(t) {
		kind, _, _ := strings.Cut(name, ".")
		if attribute.Name != "organization_id" || kind == "provider" {
			continue
		}
		objects++
		// The others have no state, so nothing is computed.
		computed := kind != "list" && kind != "action"
		if !attribute.Optional || attribute.Computed != computed || !attribute.Type.Is(tftypes.String) || !strings.HasPrefix(attribute.Description, organizationIDDescription) {
			t.Errorf("%s is %+v", name, attribute)
		}
	}
	if objects != 7 {
		t.Errorf("%d objects have an organization_id", objects)
	}
}

func TestSchema_onlySecretsAreSensitiveAndEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	for name, attribute := range describedAttributes(t) {
		secret := name == "provider.api_key" || name == "provider.jwt" || strings.HasSuffix(name, "links.href") || strings.HasSuffix(name, ".signed_link")
		if attribute.Sensitive != secret {
			t.Errorf("%s: sensitive is %t", name, attribute.Sensitive)
		}
		if attribute.Description == "" {
			t.Errorf("%s has no description", name)
		}
	}
}

// A typing error in a block is an error. In an attribute, Terraform would ignore it.
func TestSchema_timeoutsAreBlocks(t *testing.T) {
	t.Parallel()
	names := slices.Sorted(maps.Keys(describedAttributes(t)))
	mustEqual(t, "the timeouts", []string{
		"action." + downloadType + ".timeouts.invoke", "action." + requestType + ".timeouts.invoke", "data." + objectType + ".timeouts.read",
		"resource." + objectType + ".timeouts.create", "resource." + objectType + ".timeouts.update",
	}, slices.DeleteFunc(names, func(name string) bool { return !strings.Contains(name, ".timeouts") }))
}

func TestSchema_resourceHasNoLinks(t *testing.T) {
	t.Parallel()
	for name, attribute := range exportSchemas(t)["resource"] {
		if name == "links" || attribute.Sensitive {
			t.Errorf("it has the attribute %s", name)
		}
	}
}
