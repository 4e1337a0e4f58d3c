using System.Collections.Immutable;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>The readers of a daemon, in the order in which they are asked.</summary>
/// <param name="All">The readers; a further format is one more entry.</param>
public sealed record SpectraFormatsReaders(ImmutableArray<ISpectraReader> All)
{
    /// <summary>The readers of text tables, with their options.</summary>
    public static SpectraFormatsReaders Text(WideCsvOptions options) => new([new WideTable(options), new References(options)]);

    /// <summary>All readers there are: text tables, reference tables, Arrow.</summary>
    public static SpectraFormatsReaders Every { get; } = new([.. Text(WideCsvOptions.Default).All, new Arrow()]);

    /// <summary>The first reader of a format, or null.</summary>
    public ISpectraReader? Find(SpectraFormat format) => All.FirstOrDefault(reader => reader.Reads(format));

    /// <summary>The reader of a name, or null.</summary>
    public ISpectraReader? Find(string name) => All.FirstOrDefault(reader => reader.Name == name);

    /// <summary>Wide text tables.</summary>
    private sealed record WideTable(WideCsvOptions Options) : ISpectraReader
    {
        public string Name => "wide-csv";

        public bool Reads(SpectraFormat format) => format == SpectraFormat.WideTable;

        public SourceContent Read(Stream source, CancellationToken cancellation)
        {
            SpectralReading reading = WideCsvReader.Read(source, Options, cancellation);
            return new SourceContent.Spectra(reading.Chunk) { Warnings = reading.Report.Warnings };
        }
    }

    /// <summary>Text tables of reference values.</summary>
    private sealed record References(WideCsvOptions Options) : ISpectraReader
    {
        public string Name => "reference-csv";

        public bool Reads(SpectraFormat format) => format == SpectraFormat.ReferenceTable;

        public SourceContent Read(Stream source, CancellationToken cancellation)
        {
            ReferenceTable table = ReferenceTable.Read(source, Options, cancellation);
            return new SourceContent.References(table) { Warnings = table.Warnings };
        }
    }

    /// <summary>Arrow files and streams.</summary>
    private sealed record Arrow : ISpectraReader
    {
        public string Name => "arrow";

        public bool Reads(SpectraFormat format) => format is SpectraFormat.ArrowFile or SpectraFormat.ArrowStream;

        public SourceContent Read(Stream source, CancellationToken cancellation)
        {
            SpectralReading reading = ArrowSpectraReader.Read(source);
            return new SourceContent.Spectra(reading.Chunk) { Warnings = reading.Report.Warnings };
        }
    }
}
