"""Who is who, beside plain Splink in the same run at a million records, and at ten million alone."""

from collections.abc import Iterator

from proofs.people import clusters_million, clusters_ten_million


def compare() -> Iterator[str]:
    """Yield one line for each size."""
    figure = clusters_million().figure
    plain, ours = figure["splink"], figure["duecare"]
    yield (
        f"customers of {ours['records']:,} records: {ours['cpu_seconds']:.0f} s, F1 {ours['f1']:.3f};"
        f" plain Splink {plain['cpu_seconds']:.0f} s, F1 {plain['f1']:.3f}; ratio of time {figure['cpu_ratio']}"
    )
    many = clusters_ten_million().figure
    yield f"customers of {many['records']:,} records: {many['wall_seconds'] / 60:.1f} minutes, {many['peak_gb']} GB"
