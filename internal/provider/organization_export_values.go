package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// attributeValues are the values of an object's attributes, by their names. Structs with
// tags would be shorter, and the framework takes longer to look through them
// than Rebilly's answer takes to be read.
type attributeValues map[string]attr.Value

// The types of what organizationExportValues and linkedExportValues return.
var (
	exportedResourceType = elementType(organizationExportFields, "resources")
	linkType             = elementType(linkedExportFields, "links")
	linkedExportType     = types.ObjectType{AttrTypes: typesOf(linkedExportFields)}
)

// organizationExportValues maps an export of the API to the values of
// organizationExportFields.
func organizationExportValues(export *rebilly.OrganizationExport) attributeValues {
	return attributeValues{
		"id":      types.StringValue(export.ID),
		"user_id": types.StringPointerValue(export.UserID),
		"file_id": types.StringPointerValue(export.FileID),
		"status":  known(export.Status),
		"resources": listOf(exportedResourceType, export.Resources, func(resource *rebilly.ExportedResource) attributeValues {
			return attributeValues{
				"type":         types.StringPointerValue(resource.Type),
				"record_count": types.Int64PointerValue(resource.RecordCount),
			}
		}),
		"created_time":   newTimestamp(export.CreatedTime),
		"updated_time":   newTimestamp(export.UpdatedTime),
		"retention_time": newTimestamp(export.RetentionTime),
	}
}

// linkedExportValues maps an export of the API to the values of
// linkedExportFields.
func linkedExportValues(export *rebilly.OrganizationExport) attributeValues {
	linked := organizationExportValues(export)
	linked["links"] = listOf(linkType, export.Links, func(link *rebilly.Link) attributeValues {
		return attributeValues{
			"rel":  types.StringPointerValue(link.Rel),
			"href": types.StringPointerValue(link.Href),
		}
	})

	return linked
}

// unlinkedExportValues is linkedExportValues without any links.
func unlinkedExportValues(export *rebilly.OrganizationExport) attributeValues {
	unlinked := organizationExportValues(export)
	unlinked["links"] = types.ListNull(linkType)

	return unlinked
}

// known returns text, or null for "": of an export that was requested and
// could not be read, nothing but the id is known.
func known(text string) types.String {
	if text == "" {
		return types.StringNull()
	}

	return types.StringValue(text)
}

// listOf maps a list element by element. A nil slice is null, and an empty one
// an empty list.
func listOf[Element any](element types.ObjectType, list []Element, convert func(Element) attributeValues) types.List {
	if list == nil {
		return types.ListNull(element)
	}
	objects := make([]attr.Value, len(list))
	for i, member := range list {
		objects[i] = types.ObjectValueMust(element.AttrTypes, convert(member))
	}

	return types.ListValueMust(element, objects)
}

// object returns the values as one, for the state of an object that has no
// other attributes.
func (v attributeValues) object(ctx context.Context) (types.Object, diag.Diagnostics) {
	kinds := make(map[string]attr.Type, len(v))
	for name, value := range v {
		kinds[name] = value.Type(ctx)
	}

	return types.ObjectValue(kinds, v)
}

// setter is Set of a state or of a result.
type setter interface {
	Set(ctx context.Context, value any) diag.Diagnostics
}

// setIn sets a state or a result to the values.
func (v attributeValues) setIn(ctx context.Context, target setter) diag.Diagnostics {
	object, diagnostics := v.object(ctx)
	if !diagnostics.HasError() {
		diagnostics.Append(target.Set(ctx, object)...)
	}

	return diagnostics
}
