package provider

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	fwlist "github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// exportSchemas returns the attributes of an export in every object, by object.
func exportSchemas(t *testing.T) map[string][]*tfprotov6.SchemaAttribute {
	t.Helper()
	schemas := startProvider(t, inMemory(rebillytest.NewFor(t), nil)).schema
	found := map[string][]*tfprotov6.SchemaAttribute{
		"data source":        schemas.DataSourceSchemas[objectType].Block.Attributes,
		"ephemeral resource": schemas.EphemeralResourceSchemas[objectType].Block.Attributes,
		"resource":           schemas.ResourceSchemas[objectType].Block.Attributes,
	}
	for _, attribute := range schemas.DataSourceSchemas[listType].Block.Attributes {
		if attribute.Name == "exports" {
			found["list"] = attribute.NestedType.Attributes
		}
	}

	return found
}

// facet is what an attribute must have in common in all objects.
type facet struct {
	Type, Description string
	Sensitive         bool
	Nested            map[string]facet
}

func facets(attributes []*tfprotov6.SchemaAttribute) map[string]facet {
	all := map[string]facet{}
	for _, attribute := range attributes {
		of := facet{Type: attribute.ValueType().String(), Description: attribute.Description, Sensitive: attribute.Sensitive}
		if attribute.NestedType != nil {
			of.Nested = facets(attribute.NestedType.Attributes)
		}
		all[attribute.Name] = of
	}

	return all
}

// The schemas are literal, so that they can be read. This test keeps them the
// same.
func TestSchema_exportHasTheSameAttributesInEveryObject(t *testing.T) {
	t.Parallel()
	schemas := exportSchemas(t)
	want := facets(schemas["ephemeral resource"])
	for object, attributes := range schemas {
		got := facets(attributes)
		for name := range mappedAttributes {
			expected := want[name]
			if name == "links" && object == "resource" || name == "record_counts" && object == "list" {
				// The state of a resource would keep the signed link. Exports in a list have
				// no record_counts.
				expected = facet{}
			}
			if difference := cmp.Diff(expected, got[name]); difference != "" {
				t.Errorf("%s: %s differs from the ephemeral resource's (-want +got):\n%s", object, name, difference)
			}
		}
	}
}

// describedSchemas returns all schemas but the provider's, by kind and type name.
func describedSchemas(schemas *tfprotov6.GetProviderSchemaResponse) map[string]map[string]*tfprotov6.Schema {
	actions := map[string]*tfprotov6.Schema{}
	for name, schema := range schemas.ActionSchemas {
		actions[name] = schema.Schema
	}

	return map[string]map[string]*tfprotov6.Schema{
		"data": schemas.DataSourceSchemas, "ephemeral": schemas.EphemeralResourceSchemas, "resource": schemas.ResourceSchemas,
		"list": schemas.ListResourceSchemas, "action": actions,
	}
}

// organization_id is an argument of every object, with the same description.
func TestSchema_organizationID(t *testing.T) {
	t.Parallel()
	schemas := startProvider(t, inMemory(rebillytest.NewFor(t), nil)).schema
	for object, schema := range map[string]*tfprotov6.Schema{
		"data source": schemas.DataSourceSchemas[objectType], "list": schemas.DataSourceSchemas[listType],
		"ephemeral resource": schemas.EphemeralResourceSchemas[objectType], "resource": schemas.ResourceSchemas[objectType],
		"list resource": schemas.ListResourceSchemas[objectType], "request action": schemas.ActionSchemas[requestType].Schema,
		"download action": schemas.ActionSchemas[downloadType].Schema,
	} {
		// These have no state, so nothing is computed.
		computed := object != "list resource" && !strings.HasSuffix(object, " action")
		found := slices.IndexFunc(schema.Block.Attributes, func(attribute *tfprotov6.SchemaAttribute) bool { return attribute.Name == "organization_id" })
		if found < 0 {
			t.Errorf("%s: there is no organization_id", object)

			continue
		}
		attribute := schema.Block.Attributes[found]
		if !attribute.Optional || attribute.Computed != computed || attribute.Sensitive || !attribute.Type.Is(tftypes.String) || !strings.HasPrefix(attribute.Description, organizationIDDescription) {
			t.Errorf("%s: organization_id is %+v", object, attribute)
		}
	}
}

// Every attribute of an export is in the table of expectations of the mapping,
// and the other way around.
func TestSchema_everyAttributeOfAnExportIsExpected(t *testing.T) {
	t.Parallel()
	got := slices.Sorted(maps.Keys(facets(exportSchemas(t)["list"])))
	got = slices.Sorted(slices.Values(append(got, "record_counts")))
	if want := slices.Sorted(maps.Keys(mappedAttributes)); !slices.Equal(got, want) {
		t.Errorf("the schema has %v, mappedAttributes has %v", got, want)
	}
}

func TestSchema_onlyLinksAreSensitiveAndEveryAttributeIsDescribed(t *testing.T) {
	t.Parallel()
	var check func(prefix string, attributes []*tfprotov6.SchemaAttribute)
	check = func(prefix string, attributes []*tfprotov6.SchemaAttribute) {
		for _, attribute := range attributes {
			name := prefix + attribute.Name
			if attribute.Sensitive != (strings.HasSuffix(name, "links.href") || strings.HasSuffix(name, ".signed_link")) {
				t.Errorf("%s: sensitive is %t", name, attribute.Sensitive)
			}
			if attribute.Description == "" {
				t.Errorf("%s has no description", name)
			}
			if attribute.NestedType != nil {
				check(name+".", attribute.NestedType.Attributes)
			}
		}
	}
	schemas := startProvider(t, inMemory(rebillytest.NewFor(t), nil)).schema
	for kind, objects := range describedSchemas(schemas) {
		for name, schema := range objects {
			check(kind+"."+name+".", schema.Block.Attributes)
			for _, block := range schema.Block.BlockTypes {
				check(kind+"."+name+"."+block.TypeName+".", block.Block.Attributes)
			}
			if schema.Block.Description == "" {
				t.Errorf("%s.%s has no description", kind, name)
			}
		}
	}
}

func TestSchema_resourceHasNoLinks(t *testing.T) {
	t.Parallel()
	for _, attribute := range exportSchemas(t)["resource"] {
		if attribute.Name == "links" || attribute.Sensitive {
			t.Errorf("it has the attribute %s", attribute.Name)
		}
	}
}

// A field without an attribute, or an attribute without a field, is an error of
// every operation.
func TestSchema_modelsHaveItsAttributes(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	null := func(object attr.Type) tftypes.Value {
		kind, _ := object.TerraformType(ctx).(tftypes.Object)
		members := map[string]tftypes.Value{}
		for name, member := range kind.AttributeTypes {
			members[name] = tftypes.NewValue(member, nil)
		}

		return tftypes.NewValue(kind, members)
	}
	var (
		query    fwlist.ListResourceSchemaResponse
		request  action.SchemaResponse
		download action.SchemaResponse

		data    datasource.SchemaResponse
		list    datasource.SchemaResponse
		opened  ephemeral.SchemaResponse
		managed resource.SchemaResponse
		block   provider.SchemaResponse
	)
	newOrganizationExportDataSource().Schema(ctx, datasource.SchemaRequest{}, &data)
	newOrganizationExportsDataSource().Schema(ctx, datasource.SchemaRequest{}, &list)
	newOrganizationExportEphemeralResource().Schema(ctx, ephemeral.SchemaRequest{}, &opened)
	newOrganizationExportResource().Schema(ctx, resource.SchemaRequest{}, &managed)
	newOrganizationExportListResource().ListResourceConfigSchema(ctx, fwlist.ListResourceSchemaRequest{}, &query)
	newRequestOrganizationExportAction().Schema(ctx, action.SchemaRequest{}, &request)
	newDownloadOrganizationExportAction().Schema(ctx, action.SchemaRequest{}, &download)
	new(rebillyProvider).Schema(ctx, provider.SchemaRequest{}, &block)
	for object, diags := range map[string]diag.Diagnostics{
		"data source":        (&tfsdk.Config{Schema: data.Schema, Raw: null(data.Schema.Type())}).Get(ctx, new(organizationExportDataSourceModel)),
		"list":               (&tfsdk.Config{Schema: list.Schema, Raw: null(list.Schema.Type())}).Get(ctx, new(organizationExportsDataSourceModel)),
		"ephemeral resource": (&tfsdk.Config{Schema: opened.Schema, Raw: null(opened.Schema.Type())}).Get(ctx, new(organizationExportEphemeralResourceModel)),
		"resource":           (&tfsdk.Config{Schema: managed.Schema, Raw: null(managed.Schema.Type())}).Get(ctx, new(organizationExportResourceModel)),
		"list resource":      (&tfsdk.Config{Schema: query.Schema, Raw: null(query.Schema.Type())}).Get(ctx, new(organizationExportListResourceModel)),
		"request action":     (&tfsdk.Config{Schema: request.Schema, Raw: null(request.Schema.Type())}).Get(ctx, new(requestOrganizationExportActionModel)),
		"download action":    (&tfsdk.Config{Schema: download.Schema, Raw: null(download.Schema.Type())}).Get(ctx, new(downloadOrganizationExportActionModel)),
		"provider":           (&tfsdk.Config{Schema: block.Schema, Raw: null(block.Schema.Type())}).Get(ctx, new(rebillyProviderModel)),
	} {
		for _, diagnostic := range diags {
			t.Errorf("%s: %s: %s", object, diagnostic.Summary(), diagnostic.Detail())
		}
	}

	for name, of := range map[string]struct{ got, want attr.Type }{
		"resources": {types.ListType{ElemType: resourceType}, data.Schema.Attributes["resources"].GetType()},
		"links":     {types.ListType{ElemType: linkType}, data.Schema.Attributes["links"].GetType()},
		"exports":   {types.ListType{ElemType: exportType}, list.Schema.Attributes["exports"].GetType()},
	} {
		if difference := cmp.Diff(of.want.String(), of.got.String()); difference != "" {
			t.Errorf("the type of %s differs from its schema (-want +got):\n%s", name, difference)
		}
	}
}

// A nested value that lacks an attribute of its type, or has a different one, is
// unknown.
func TestSchema_nestedValuesHaveTheirTypes(t *testing.T) {
	t.Parallel()
	text, count := "x", int64(1)
	export := &rebilly.OrganizationExport{
		ID: text, Status: text, Resources: []*rebilly.ExportedResource{{Type: &text, RecordCount: &count}}, Links: []*rebilly.Link{{Rel: &text, Href: &text}},
	}
	for name, list := range map[string]types.List{
		"resources": resourcesValue(export.Resources),
		"links":     linksValue(export.Links),
		"exports":   exportsValue([]*rebilly.OrganizationExport{export}, true),
	} {
		elements := list.Elements()
		if len(elements) != 1 || elements[0].IsUnknown() {
			t.Errorf("an element of %s lacks an attribute or has another type: %s", name, list)
		}
	}
}
