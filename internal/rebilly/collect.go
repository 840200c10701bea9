package rebilly

import (
	"context"
	"math"
)

// The contract's bounds for one page: no page is larger, and none begins later.
const (
	maxPageLimit  = 1000
	maxPageOffset = 1000
)

// MaxCollected is how many exports of a collection can be reached: a page of
// 1000 that begins after 1000.
const MaxCollected = maxPageOffset + maxPageLimit

// Collection is what was read of a collection of exports.
type Collection struct {
	// Exports are in the API's order, each once.
	Exports []*OrganizationExport
	// Total is how many exports the collection has, by the last page read.
	Total int
	// Truncated says that there are more exports than could be reached.
	Truncated bool
}

// CollectOrganizationExports reads the exports that options select page by
// page, up to Limit of them, or all that can be reached where Limit is zero.
// Offset is ignored. An export that moves from one page to the next while they
// are read is returned once. The errors are those of ListOrganizationExports;
// nothing is returned with an error.
func (c *Client) CollectOrganizationExports(ctx context.Context, options ListOptions) (*Collection, error) {
	asked := options.Limit
	if asked == 0 {
		asked = math.MaxInt
	}
	wanted := min(asked, MaxCollected)

	collected := &Collection{Exports: []*OrganizationExport{}}
	seen := map[string]bool{}
	for options.Offset = 0; ; {
		options.Limit = min(wanted-options.Offset, maxPageLimit)
		page, err := c.ListOrganizationExports(ctx, options)
		if err != nil {
			return nil, err
		}
		for _, export := range page.Exports {
			if !seen[export.ID] {
				seen[export.ID] = true
				collected.Exports = append(collected.Exports, export)
			}
		}
		collected.Total = page.Total

		// Pages may be shorter than asked for.
		options.Offset += len(page.Exports)
		if len(page.Exports) == 0 || options.Offset >= min(page.Total, wanted) || options.Offset > maxPageOffset {
			collected.Truncated = options.Offset < min(page.Total, asked)

			return collected, nil
		}
	}
}
