package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// organizationExportModel is an export as Terraform objects show it.
type organizationExportModel struct {
	ID            types.String            `tfsdk:"id"`
	UserID        types.String            `tfsdk:"user_id"`
	FileID        types.String            `tfsdk:"file_id"`
	Status        types.String            `tfsdk:"status"`
	Resources     []exportedResourceModel `tfsdk:"resources"`
	CreatedTime   timestamp               `tfsdk:"created_time"`
	UpdatedTime   timestamp               `tfsdk:"updated_time"`
	RetentionTime timestamp               `tfsdk:"retention_time"`
	Links         []linkModel             `tfsdk:"links"`
}

type exportedResourceModel struct {
	Type        types.String `tfsdk:"type"`
	RecordCount types.Int64  `tfsdk:"record_count"`
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
		Status: types.StringValue(export.Status),
		Resources: mapElements(export.Resources, func(resource *rebilly.ExportedResource) exportedResourceModel {
			return exportedResourceModel{
				Type:        types.StringPointerValue(resource.Type),
				RecordCount: types.Int64PointerValue(resource.RecordCount),
			}
		}),
		CreatedTime:   newTimestamp(export.CreatedTime),
		UpdatedTime:   newTimestamp(export.UpdatedTime),
		RetentionTime: newTimestamp(export.RetentionTime),
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

// organizationExportAttributes returns the attributes that the API fills: all
// but the id.
func organizationExportAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"user_id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "ID of the user who requested the export.",
		},
		"file_id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "ID of the file with the exported data. Null while there is none.",
		},
		"status": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "Status of the request: `pending`, `queued`, `processing`, `completed`, `failed` or `expired`. " +
				"A status that Rebilly adds later is passed on as it is.",
		},
		"resources": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "What was exported, in Rebilly's order.",
			NestedObject: schema.NestedAttributeObject{
				Attributes: map[string]schema.Attribute{
					"type": schema.StringAttribute{
						Computed: true,
						MarkdownDescription: "Type of the exported resources: `customers`, `users`, `payment-instruments`, `invoices`, `orders`, " +
							"`transactions`, `disputes`, `gateway-accounts`, `blocklists`, `lists`, `webhooks`, `products`, `websites`, `plans`, " +
							"`credit-memos`, `files` or `email-notifications`. A type that Rebilly adds later is passed on as it is.",
					},
					"record_count": schema.Int64Attribute{
						Computed:            true,
						MarkdownDescription: "Number of exported records of this type.",
					},
				},
			},
		},
		"created_time": schema.StringAttribute{
			Computed:            true,
			CustomType:          timestampType{},
			MarkdownDescription: "When the export was requested, as an RFC 3339 time.",
		},
		"updated_time": schema.StringAttribute{
			Computed:            true,
			CustomType:          timestampType{},
			MarkdownDescription: "When the request last changed, as an RFC 3339 time.",
		},
		"retention_time": schema.StringAttribute{
			Computed:            true,
			CustomType:          timestampType{},
			MarkdownDescription: "When Rebilly removes the exported file, as an RFC 3339 time. Null while there is none.",
		},
		"links": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "Related links, in Rebilly's order.",
			NestedObject: schema.NestedAttributeObject{
				Attributes: map[string]schema.Attribute{
					"rel": schema.StringAttribute{
						Computed:            true,
						MarkdownDescription: "What the link leads to: `self` (the request), `user` (who requested it) or `signedLink` (the exported file, only once there is one).",
					},
					"href": schema.StringAttribute{
						Computed:  true,
						Sensitive: true,
						MarkdownDescription: "URL of the link. That of `signedLink` downloads all of the organization's data without any other credential. " +
							"It is another one at every read, and it is stored in the state.",
					},
				},
			},
		},
	}
}
