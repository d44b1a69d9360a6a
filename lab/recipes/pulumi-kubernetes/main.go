// Pulumi's Kubernetes provider as a program of its own: the upstream main embeds files
// that its release process generates, so it does not compile from a module alone. The
// two embedded files are copied from the same module before the build (see
// building.py) and never committed.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var mapping []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, mapping)
}
