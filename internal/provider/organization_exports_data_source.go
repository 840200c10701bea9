package provider

import (
	"context"
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

var _ datasource.DataSourceWithConfigure = (*organizationExportsDataSource)(nil)

// organizationExportsDataSource is the data source rebilly_organization_exports.
type organizationExportsDataSource struct {
	*connection
}

// organizationExportsDataSourceModel is its configuration and state.
type organizationExportsDataSourceModel struct {
	Filter       types.String `tfsdk:"filter"`
	Query        types.String `tfsdk:"query"`
	Sort         []string     `tfsdk:"sort"`
	IncludeLinks types.Bool   `tfsdk:"include_links"`
	Limit        types.Int64  `tfsdk:"limit"`
	Exports      types.List   `tfsdk:"exports"`
	Total        types.Int64  `tfsdk:"total"`
}

func newOrganizationExportsDataSource() datasource.DataSource {
	return &organizationExportsDataSource{}
}

// Metadata implements datasource.DataSource.
func (d *organizationExportsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_exports"
}

// Schema implements datasource.DataSource.
func (d *organizationExportsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds requests for exports of all data of an organization (`GET /organization-exports`). " +
			fmt.Sprintf("Rebilly lets at most %d exports of one selection be reached; where there are more, a warning says so.", rebilly.MaxCollected),
		Attributes: map[string]schema.Attribute{
			"filter": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Which exports to find, in Rebilly's [filter syntax](https://www.rebilly.com/docs/dev-docs/search-filters), " +
					"such as `status:completed;createdTime:2026-01-01T00:00:00Z..`.",
			},
			"query": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Text to look for in the exports' text fields.",
			},
			"sort": schema.ListAttribute{
				ElementType: types.StringType,
				Optional:    true,
				MarkdownDescription: "Fields to sort by, by the names of Rebilly's API; a `-` before a name is for descending order. " +
					"`[\"-createdTime\"]` puts the newest first.",
				Validators: []validator.List{listvalidator.ValueStringsAre(checked("the name of a field", validateSortField))},
			},
			"limit": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "The most exports to return. Without it, all that can be reached are returned.",
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"include_links": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to include the exports' `links`, and with them the signed links, which then are in the state. " +
					"Defaults to `false`. Terraform takes seconds for the links of 1000 exports, and four times as long for twice as many.",
			},
			"exports": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The exports that were found, each once. Their `links` are null unless `include_links` is `true`.",
				NestedObject:        schema.NestedAttributeObject{Attributes: dataSourceAttributes.attributes(linkedExportFields)},
			},
			"total": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "How many exports there are of this selection, returned or not.",
			},
		},
	}
}

var sortField = regexp.MustCompile(`^-?[\w.]+$`)

func validateSortField(name string) error {
	if !sortField.MatchString(name) {
		return fmt.Errorf("%q names no field; give one field an element, such as createdTime or -createdTime", name)
	}

	return nil
}

// Configure implements datasource.DataSourceWithConfigure.
func (d *organizationExportsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.connection = connectionOf(req.ProviderData)
}

// Read implements datasource.DataSource. It calls the API operation
// GetOrganizationExportCollection for every page.
func (d *organizationExportsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model organizationExportsDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, stop := d.untilInterrupted(ctx)
	defer stop()
	collected, err := d.client.CollectOrganizationExports(ctx, rebilly.ListOptions{
		Filter: model.Filter.ValueString(),
		Query:  model.Query.ValueString(),
		Sort:   model.Sort,
		Limit:  int(model.Limit.ValueInt64()),
	})
	if err != nil {
		resp.Diagnostics.Append(d.listFailure(err))

		return
	}
	if collected.Truncated {
		resp.Diagnostics.AddAttributeWarning(path.Root("filter"), "Not All Organization Exports Were Read",
			fmt.Sprintf("There are %d exports of this selection, and %d of them were read: Rebilly lets at most %d be reached in one query. "+
				"Narrow the selection by filter, for example by the time of the request: createdTime:2026-01-01T00:00:00Z..2026-06-30T23:59:59Z.",
				collected.Total, len(collected.Exports), rebilly.MaxCollected))
	}
	convert := unlinkedExportValues
	if model.IncludeLinks.ValueBool() {
		convert = linkedExportValues
	}
	model.Exports = listOf(linkedExportType, collected.Exports, convert)
	model.Total = types.Int64Value(int64(collected.Total))
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}
