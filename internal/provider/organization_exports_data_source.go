package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

var _ datasource.DataSourceWithConfigure = (*organizationExportsDataSource)(nil)

// The descriptions of what the data source and the list resource search by.
const (
	filterDescription = "Filter expression in Rebilly's [filter syntax](https://www.rebilly.com/docs/dev-docs/search-filters), " +
		"such as `status:completed;createdTime:2026-01-01T00:00:00Z..`."
	queryDescription = "Text to search for in the exports' text fields."
	sortDescription  = "Fields to sort by, with the names of Rebilly's API. A `-` before a name sorts in descending order: " +
		"`[\"-createdTime\"]` returns the newest export first."
)

// organizationExportsDataSource is the data source rebilly_organization_exports.
type organizationExportsDataSource struct {
	data *providerData
}

type organizationExportsDataSourceModel struct {
	OrganizationID types.String   `tfsdk:"organization_id"`
	Filter         types.String   `tfsdk:"filter"`
	Query          types.String   `tfsdk:"query"`
	Sort           []types.String `tfsdk:"sort"`
	Limit          types.Number   `tfsdk:"limit"`
	IncludeLinks   types.Bool     `tfsdk:"include_links"`
	Exports        types.List     `tfsdk:"exports"`
	Total          types.Int64    `tfsdk:"total"`
}

func newOrganizationExportsDataSource() datasource.DataSource {
	return &organizationExportsDataSource{}
}

func (d *organizationExportsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_exports"
}

func (d *organizationExportsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds organization data exports (`GET /organization-exports`). " +
			fmt.Sprintf("Rebilly returns at most %d exports per query; if more match, a warning says so.", rebilly.MaxListable),
		Attributes: map[string]schema.Attribute{
			"organization_id": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: organizationIDDescription,
				Validators:          []validator.String{validOrgID},
			},
			"filter": schema.StringAttribute{Optional: true, MarkdownDescription: filterDescription, Validators: []validator.String{validFilter}},
			"query":  schema.StringAttribute{Optional: true, MarkdownDescription: queryDescription, Validators: []validator.String{validText}},
			"sort": schema.ListAttribute{
				ElementType:         types.StringType,
				Optional:            true,
				MarkdownDescription: sortDescription,
				Validators: []validator.List{
					listvalidator.NoNullValues(),
					listvalidator.ValueStringsAre(validSortField),
				},
			},
			"limit": schema.NumberAttribute{
				Optional:            true,
				MarkdownDescription: fmt.Sprintf("Maximum number of exports to return. Defaults to all matching exports, up to %d.", rebilly.MaxListable),
				Validators:          []validator.Number{wholeNumber{min: 1}},
			},
			"include_links": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to include the exports' `links`. State then contains their signed links, and long lists are slow. Defaults to `false`.",
			},
			"exports": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "Matching exports, each once. Their `links` are null unless `include_links` is `true`.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":             schema.StringAttribute{Computed: true, MarkdownDescription: idDescription},
					"user_id":        schema.StringAttribute{Computed: true, MarkdownDescription: userIDDescription},
					"file_id":        schema.StringAttribute{Computed: true, MarkdownDescription: fileIDDescription},
					"status":         schema.StringAttribute{Computed: true, MarkdownDescription: statusDescription},
					"created_time":   schema.StringAttribute{Computed: true, MarkdownDescription: createdTimeDescription},
					"updated_time":   schema.StringAttribute{Computed: true, MarkdownDescription: updatedTimeDescription},
					"retention_time": schema.StringAttribute{Computed: true, MarkdownDescription: retentionTimeDescription},
					"resources": schema.ListNestedAttribute{
						Computed:            true,
						MarkdownDescription: resourcesDescription,
						NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
							"type":         schema.StringAttribute{Computed: true, MarkdownDescription: typeDescription},
							"record_count": schema.Int64Attribute{Computed: true, MarkdownDescription: recordCountDescription},
						}},
					},
					"links": schema.ListNestedAttribute{
						Computed:            true,
						MarkdownDescription: linksDescription,
						NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
							"rel":  schema.StringAttribute{Computed: true, MarkdownDescription: relDescription},
							"href": schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: hrefDescription},
						}},
					},
				}},
			},
			"total": schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of matching exports, including those that were not returned."},
		},
	}
}

func (d *organizationExportsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

// Read implements datasource.DataSource. It calls the API operation
// GetOrganizationExportCollection for every page.
func (d *organizationExportsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config organizationExportsDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	sort, diags := sortFields(config.Sort)
	resp.Diagnostics.Append(diags...)
	organizationID := d.data.organizationFor(config.OrganizationID)
	if resp.Diagnostics.Append(d.data.ready(organizationID)...); resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := d.data.withTimeout(ctx, defaultTimeout)
	defer cancel()
	list, err := d.data.client.ListAllOrganizationExports(ctx, organizationID.ValueString(), rebilly.ListOptions{
		Filter: config.Filter.ValueString(),
		Query:  config.Query.ValueString(),
		Sort:   sort,
		Limit:  toInt(config.Limit, 0),
	})
	if err != nil {
		resp.Diagnostics.Append(d.data.listError(organizationID, err))

		return
	}
	if list.Truncated {
		resp.Diagnostics.Append(truncatedWarning(list.Total))
	}

	for _, export := range list.Exports {
		if !config.IncludeLinks.ValueBool() {
			export.Links = nil
		}
		if _, err := d.data.client.ValidLinks(export); err != nil {
			resp.Diagnostics.Append(d.data.linkError(export.ID, organizationID, "Without include_links, the links are not read.", err))

			return
		}
	}

	state := config
	state.OrganizationID = organizationID
	state.Exports = exportsValue(list.Exports)
	state.Total = types.Int64Value(int64(list.Total))
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

// exportType is the type of the elements of exports.
var exportType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"id":             types.StringType,
	"user_id":        types.StringType,
	"file_id":        types.StringType,
	"status":         types.StringType,
	"created_time":   types.StringType,
	"updated_time":   types.StringType,
	"retention_time": types.StringType,
	"resources":      types.ListType{ElemType: resourceType},
	"links":          types.ListType{ElemType: linkType},
}}

func exportsValue(exports []*rebilly.OrganizationExport) types.List {
	return listValue(exportType, exports, func(export *rebilly.OrganizationExport) map[string]attr.Value {
		model := newOrganizationExportModel(types.StringNull(), export)

		return map[string]attr.Value{
			"id":             model.ID,
			"user_id":        model.UserID,
			"file_id":        model.FileID,
			"status":         model.Status,
			"created_time":   model.CreatedTime,
			"updated_time":   model.UpdatedTime,
			"retention_time": model.RetentionTime,
			"resources":      model.Resources,
			"links":          linksValue(export.Links),
		}
	})
}
