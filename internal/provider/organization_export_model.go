package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// organizationExportModel is what all Terraform objects show of an export.
type organizationExportModel struct {
	ID            types.String            `tfsdk:"id"`
	UserID        types.String            `tfsdk:"user_id"`
	FileID        types.String            `tfsdk:"file_id"`
	Status        types.String            `tfsdk:"status"`
	Resources     []exportedResourceModel `tfsdk:"resources"`
	CreatedTime   timestamp               `tfsdk:"created_time"`
	UpdatedTime   timestamp               `tfsdk:"updated_time"`
	RetentionTime timestamp               `tfsdk:"retention_time"`
}

type exportedResourceModel struct {
	Type        types.String `tfsdk:"type"`
	RecordCount types.Int64  `tfsdk:"record_count"`
}

// linkedExportModel is an export with its links, which differ at every read.
type linkedExportModel struct {
	organizationExportModel

	Links []linkModel `tfsdk:"links"`
}

type linkModel struct {
	Rel  types.String `tfsdk:"rel"`
	Href types.String `tfsdk:"href"`
}

// newOrganizationExportModel maps an export of the API to Terraform's values.
func newOrganizationExportModel(export *rebilly.OrganizationExport) organizationExportModel {
	return organizationExportModel{
		ID:     types.StringValue(export.ID),
		UserID: types.StringPointerValue(export.UserID),
		FileID: types.StringPointerValue(export.FileID),
		Status: known(export.Status),
		Resources: mapElements(export.Resources, func(resource *rebilly.ExportedResource) exportedResourceModel {
			return exportedResourceModel{
				Type:        types.StringPointerValue(resource.Type),
				RecordCount: types.Int64PointerValue(resource.RecordCount),
			}
		}),
		CreatedTime:   newTimestamp(export.CreatedTime),
		UpdatedTime:   newTimestamp(export.UpdatedTime),
		RetentionTime: newTimestamp(export.RetentionTime),
	}
}

// known returns text, or null for "": of an export that was requested and
// could not be read, nothing but the id is known.
func known(text string) types.String {
	if text == "" {
		return types.StringNull()
	}

	return types.StringValue(text)
}

// newLinkedExportModel is newOrganizationExportModel with the links.
func newLinkedExportModel(export *rebilly.OrganizationExport) linkedExportModel {
	return linkedExportModel{
		organizationExportModel: newOrganizationExportModel(export),
		Links: mapElements(export.Links, func(link *rebilly.Link) linkModel {
			return linkModel{
				Rel:  types.StringPointerValue(link.Rel),
				Href: types.StringPointerValue(link.Href),
			}
		}),
	}
}

// mapElements maps a list element by element. A nil slice, which is null,
// stays nil, and an empty one empty.
func mapElements[From, To any](list []From, convert func(From) To) []To {
	if list == nil {
		return nil
	}
	mapped := make([]To, len(list))
	for i, element := range list {
		mapped[i] = convert(element)
	}

	return mapped
}
