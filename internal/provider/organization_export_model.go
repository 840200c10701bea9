package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// The descriptions of attributes that several objects have.
const (
	idDescription            = "ID of the export: 1 to 50 letters, digits, and `_ - . ~ @`."
	userIDDescription        = "ID of the user who requested the export."
	fileIDDescription        = "ID of the file with the exported data. Null until there is one."
	statusDescription        = "Status of the export: `pending`, `queued`, `processing`, `completed`, `failed`, or `expired`. A status that Rebilly adds later is passed through."
	resourcesDescription     = "Exported resource types, in Rebilly's order."
	typeDescription          = "Resource type, such as `customers`. See [Resource types](https://registry.terraform.io/providers/rebilly/rebilly/latest/docs/data-sources/organization_export#resource-types)."
	recordCountDescription   = "Number of exported records of this type."
	createdTimeDescription   = "Time at which the export was requested, as an RFC 3339 timestamp."
	updatedTimeDescription   = "Time of the last change, as an RFC 3339 timestamp."
	retentionTimeDescription = "Time at which Rebilly deletes the exported file, as an RFC 3339 timestamp. Null until there is one."
	linksDescription         = "Related links, in Rebilly's order."
	relDescription           = "Relation: `self` (the export), `user` (the user who requested it), or `signedLink` (the exported file; only once there is one)."
	hrefDescription          = "URL of the link. The URL of `signedLink` downloads all data of the organization without any other credential, and is different on every read."

	includeFileDescription = "Whether to read `file`, which takes one more API call. Defaults to `false`."
	fileDescription        = "Rebilly's record of the exported file, by which a download can be verified. Null without `include_file`, and unless the export is completed."
	sizeDescription        = "Size of the file, in bytes."
	sha1Description        = "SHA-1 of the file, in lower-case hexadecimal digits."

	recordCountsDescription   = "Number of exported records by resource type. Null if `resources` is null."
	organizationIDDescription = "ID of the organization. Defaults to the provider's `organization_id`, or else to the credential's default organization, for which it is null."
	exportTimeoutDescription  = "How long one run waits for the export, including retries, as a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `90m` or `2h`. The next run waits again. Defaults to `60m`."
	timeoutDescription        = "Time limit for the whole operation, including retries and waiting, as a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `90s` or `2h`. Defaults to `30m`."
)

// organizationExportModel is an export in configurations and states. The types
// of times are strings: the client has validated them.
type organizationExportModel struct {
	ID             types.String `tfsdk:"id"`
	OrganizationID types.String `tfsdk:"organization_id"`
	UserID         types.String `tfsdk:"user_id"`
	FileID         types.String `tfsdk:"file_id"`
	Status         types.String `tfsdk:"status"`
	Resources      types.List   `tfsdk:"resources"`
	RecordCounts   types.Map    `tfsdk:"record_counts"`
	CreatedTime    types.String `tfsdk:"created_time"`
	UpdatedTime    types.String `tfsdk:"updated_time"`
	RetentionTime  types.String `tfsdk:"retention_time"`
}

// newOrganizationExportModel returns the model of an export of the API. A null
// organizationID means the credential's default organization.
func newOrganizationExportModel(organizationID types.String, export *rebilly.OrganizationExport) organizationExportModel {
	status := types.StringValue(export.Status)
	if export.Status == "" {
		// Only the ID of the export is known.
		status = types.StringNull()
	}

	return organizationExportModel{
		ID:             types.StringValue(export.ID),
		OrganizationID: organizationID,
		UserID:         types.StringPointerValue(export.UserID),
		FileID:         types.StringPointerValue(export.FileID),
		Status:         status,
		Resources:      resourcesValue(export.Resources),
		RecordCounts:   recordCountsValue(export.Resources),
		CreatedTime:    types.StringPointerValue(export.CreatedTime),
		UpdatedTime:    types.StringPointerValue(export.UpdatedTime),
		RetentionTime:  types.StringPointerValue(export.RetentionTime),
	}
}

// importID returns the ID by which an export can be imported. A null
// organizationID means the credential's default organization.
func importID(organizationID types.String, id string) string {
	if organizationID.IsNull() {
		return id
	}

	return organizationID.ValueString() + "/" + id
}

// The types of nested objects. Their values are built by hand: reflection on
// structs for them takes a third of the CPU time of a read.
var (
	resourceType = types.ObjectType{AttrTypes: map[string]attr.Type{"type": types.StringType, "record_count": types.Int64Type}}
	linkType     = types.ObjectType{AttrTypes: map[string]attr.Type{"rel": types.StringType, "href": types.StringType}}
)

var fileType = types.ObjectType{AttrTypes: map[string]attr.Type{"size": types.Int64Type, "sha1": types.StringType}}

// readFile returns the record of the file of an export: null if it is not included,
// or if the export is not completed. Rebilly deletes the file of an expired one.
func (d *providerData) readFile(ctx context.Context, include types.Bool, organizationID types.String, export *rebilly.OrganizationExport) (types.Object, diag.Diagnostics) {
	if !include.ValueBool() || export.FileID == nil || export.Status != rebilly.StatusCompleted {
		return types.ObjectNull(fileType.AttrTypes), nil
	}
	file, err := d.client.GetFile(ctx, organizationID.ValueString(), *export.FileID)
	if err != nil {
		return types.ObjectNull(fileType.AttrTypes), diag.Diagnostics{d.fileError(export.ID, organizationID, err)}
	}

	return types.ObjectValue(fileType.AttrTypes, map[string]attr.Value{
		"size": types.Int64Value(file.Size),
		"sha1": types.StringValue(file.SHA1),
	})
}

func resourcesValue(resources []*rebilly.ExportedResource) types.List {
	return listValue(resourceType, resources, func(resource *rebilly.ExportedResource) map[string]attr.Value {
		return map[string]attr.Value{
			"type":         types.StringPointerValue(resource.Type),
			"record_count": types.Int64PointerValue((*int64)(resource.RecordCount)),
		}
	})
}

// recordCountsValue adds up the records of each type. A nil slice becomes null.
func recordCountsValue(resources []*rebilly.ExportedResource) types.Map {
	counts, _ := rebilly.RecordCounts(resources)
	if counts == nil {
		return types.MapNull(types.Int64Type)
	}
	values := make(map[string]attr.Value, len(counts))
	for name, count := range counts {
		values[name] = types.Int64Value(count)
	}

	return types.MapValueMust(types.Int64Type, values)
}

func linksValue(links []*rebilly.Link) types.List {
	return listValue(linkType, links, func(link *rebilly.Link) map[string]attr.Value {
		return map[string]attr.Value{
			"rel":  types.StringPointerValue(link.Rel),
			"href": types.StringPointerValue(link.Href),
		}
	})
}

// listValue converts a slice element by element. A nil slice becomes null, and
// an empty slice an empty list.
func listValue[Element any](elementType types.ObjectType, elements []Element, convert func(Element) map[string]attr.Value) types.List {
	if elements == nil {
		return types.ListNull(elementType)
	}
	values := make([]attr.Value, len(elements))
	for i, element := range elements {
		// An element that lacks an attribute of its type becomes unknown, and a
		// test of the schemas says so. A panic would hide all other tests.
		values[i], _ = types.ObjectValue(elementType.AttrTypes, convert(element))
	}

	return types.ListValueMust(elementType, values)
}
