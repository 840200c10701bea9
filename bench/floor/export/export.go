// Package export has the schema and the result of the floor's data source.
package export

import (
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TypeName is the data source's type.
const TypeName = "rebilly_organization_export"

var (
	resourceType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"type": tftypes.String, "record_count": tftypes.Number}}
	fileType     = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"size": tftypes.Number, "sha1": tftypes.String}}
	linkType     = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"rel": tftypes.String, "href": tftypes.String}}

	// Schema is that of the provider's data source, without texts.
	Schema = &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{BlockTypes: []*tfprotov6.SchemaNestedBlock{{
		TypeName: "timeouts", Nesting: tfprotov6.SchemaNestedBlockNestingModeSingle,
		Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{{Name: "read", Type: tftypes.String, Optional: true}}},
	}}, Attributes: []*tfprotov6.SchemaAttribute{
		{Name: "id", Type: tftypes.String, Required: true},
		{Name: "organization_id", Type: tftypes.String, Optional: true, Computed: true},
		{Name: "wait_for_completion", Type: tftypes.Bool, Optional: true},
		{Name: "include_links", Type: tftypes.Bool, Optional: true},
		{Name: "include_file", Type: tftypes.Bool, Optional: true},
		{Name: "user_id", Type: tftypes.String, Computed: true},
		{Name: "file_id", Type: tftypes.String, Computed: true},
		{Name: "status", Type: tftypes.String, Computed: true},
		{Name: "resources", Computed: true, NestedType: listOf(
			&tfprotov6.SchemaAttribute{Name: "type", Type: tftypes.String, Computed: true},
			&tfprotov6.SchemaAttribute{Name: "record_count", Type: tftypes.Number, Computed: true},
		)},
		{Name: "file", Computed: true, NestedType: &tfprotov6.SchemaObject{Nesting: tfprotov6.SchemaObjectNestingModeSingle, Attributes: []*tfprotov6.SchemaAttribute{
			{Name: "size", Type: tftypes.Number, Computed: true},
			{Name: "sha1", Type: tftypes.String, Computed: true},
		}}},
		{Name: "record_counts", Type: tftypes.Map{ElementType: tftypes.Number}, Computed: true},
		{Name: "created_time", Type: tftypes.String, Computed: true},
		{Name: "updated_time", Type: tftypes.String, Computed: true},
		{Name: "retention_time", Type: tftypes.String, Computed: true},
		{Name: "links", Computed: true, NestedType: listOf(
			&tfprotov6.SchemaAttribute{Name: "rel", Type: tftypes.String, Computed: true},
			&tfprotov6.SchemaAttribute{Name: "href", Type: tftypes.String, Computed: true, Sensitive: true},
		)},
	}}}
	exportType = Schema.ValueType()
)

func listOf(attributes ...*tfprotov6.SchemaAttribute) *tfprotov6.SchemaObject {
	return &tfprotov6.SchemaObject{Nesting: tfprotov6.SchemaObjectNestingModeList, Attributes: attributes}
}

func text(value string) tftypes.Value { return tftypes.NewValue(tftypes.String, value) }

// WithIDOf returns an export, as large as those of the fake API, with the
// ID in config.
func WithIDOf(config *tfprotov6.DynamicValue) (*tfprotov6.DynamicValue, error) {
	value, err := config.Unmarshal(exportType)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}

	count := func(records int64) tftypes.Value {
		return tftypes.NewValue(tftypes.Number, big.NewFloat(float64(records)))
	}
	exported := func(name string, records int64) tftypes.Value {
		return tftypes.NewValue(resourceType, map[string]tftypes.Value{"type": text(name), "record_count": count(records)})
	}
	link := func(rel, href string) tftypes.Value {
		return tftypes.NewValue(linkType, map[string]tftypes.Value{"rel": text(rel), "href": text(href)})
	}
	result, err := tfprotov6.NewDynamicValue(exportType, tftypes.NewValue(exportType, map[string]tftypes.Value{
		"id":                  attributes["id"],
		"organization_id":     attributes["organization_id"],
		"wait_for_completion": attributes["wait_for_completion"],
		"include_links":       attributes["include_links"],
		"include_file":        attributes["include_file"],
		"timeouts":            attributes["timeouts"],

		"user_id": text("usr_0YVCEENYJ3D7Q9EN6BN16HA0G4"),
		"file_id": text("file_0YV7HZ7KDCC5WBV9Q7WRKG1H6N"),
		"status":  text("completed"),
		"resources": tftypes.NewValue(tftypes.List{ElementType: resourceType}, []tftypes.Value{
			exported("customers", 1204), exported("invoices", 9310), exported("transactions", 48217),
		}),
		"record_counts": tftypes.NewValue(tftypes.Map{ElementType: tftypes.Number}, map[string]tftypes.Value{
			"customers": count(1204), "invoices": count(9310), "transactions": count(48217),
		}),
		"file":           tftypes.NewValue(fileType, nil),
		"created_time":   text("2026-03-14T09:26:53Z"),
		"updated_time":   text("2026-03-14T09:36:53Z"),
		"retention_time": text("2026-04-13T09:36:53Z"),
		"links": tftypes.NewValue(tftypes.List{ElementType: linkType}, []tftypes.Value{
			link("self", "https://api.rebilly.com/organization-exports/org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK"),
			link("user", "https://api.rebilly.com/users/usr_0YVCEENYJ3D7Q9EN6BN16HA0G4"),
			link("signedLink", "https://files.example.com/export.zip?signature=0123456789-0123456789-0123456789-0123456789"),
		}),
	}))
	if err != nil {
		return nil, fmt.Errorf("making the export: %w", err)
	}

	return &result, nil
}
