using System.Text;

namespace Pipeline.Host.Results.Plots;

/// <summary>A drawing between two axes, as one SVG element that needs nothing but the classes of its page.</summary>
/// <remarks>
/// Things are drawn in the order in which they are added; what lies outside the axes is cut off. Colours are the page's: every
/// thing has a class. Names and titles are made safe here. Not safe for several threads.
/// </remarks>
internal sealed class Plot
{
    /// <summary>Width in units of the drawing, of which a page shows about one per pixel.</summary>
    public const int Width = 640;

    private const int HeightUsual = 400;
    private const int Top = 14;
    private const int Right = 18;
    private const int Bottom = 50;
    private const int LabelsMin = 58;
    private const int TickNameMax = 30;
    private const double BarGap = 1;

    // Wide enough for the letters of a common sans-serif face at the size of the labels.
    private const double LetterWidth = 7.4;

    private readonly PlotAxis _x;
    private readonly PlotAxis _y;
    private readonly string _description;
    private readonly int _height;
    private readonly int _left;
    private readonly StringBuilder _body = new();
    private readonly List<(double X, double Y, double Width)> _labels = [];

    /// <summary>An empty drawing.</summary>
    /// <param name="x">The horizontal axis.</param>
    /// <param name="y">The vertical axis.</param>
    /// <param name="description">What is to be seen, for those who cannot see it.</param>
    /// <param name="height">Height in units of the drawing.</param>
    public Plot(PlotAxis x, PlotAxis y, string description, int height = HeightUsual)
    {
        (_x, _y, _description, _height) = (x, y, description, height);
        int letters = y.Ticks.Labels.Select(label => Math.Min(label.Length, TickNameMax)).DefaultIfEmpty(0).Max();
        _left = Math.Max(LabelsMin, (int)(letters * LetterWidth) + (y.Label.Length > 0 ? 34 : 14));
    }

    private int InnerWidth => Width - _left - Right;

    private int InnerHeight => _height - Top - Bottom;

    /// <summary>The height of a drawing whose vertical axis has so many names.</summary>
    public static int HeightOfNames(int count) => Top + Bottom + (22 * Math.Max(2, count));

    /// <summary>Shades a range of the horizontal axis from bottom to top; a range without width is a stroke.</summary>
    public void Band(double from, double to, string css)
    {
        double width = Math.Max(2, Math.Abs(Across(to) - Across(from)));
        double middle = (Across(from) + Across(to)) / 2;
        _body.Append("<rect class=\"").Append(css).Append("\" x=\"").Append(Markup.Number(middle - (width / 2)))
            .Append("\" y=\"0\" width=\"").Append(Markup.Number(width)).Append("\" height=\"").Append(InnerHeight).Append("\"/>");
    }

    /// <summary>A line through points in the order given; a value that is no number breaks it. Long lines are thinned.</summary>
    public void Line(ReadOnlySpan<double> x, ReadOnlySpan<double> y, string css)
    {
        int[] drawn = Polyline.Drawn(y);
        int[] across = new int[drawn.Length];
        int[] up = new int[drawn.Length];
        for (int k = 0; k < drawn.Length; k++)
        {
            across[k] = double.IsFinite(x[drawn[k]]) ? Tenths(_x, x[drawn[k]], InnerWidth) : int.MinValue;
            up[k] = double.IsFinite(y[drawn[k]]) ? (10 * InnerHeight) - Tenths(_y, y[drawn[k]], InnerHeight) : int.MinValue;
        }

        _body.Append("<path class=\"line ").Append(css).Append("\" d=\"");
        Polyline.Append(_body, across, up);
        _body.Append("\"/>");
    }

    /// <summary>Points; one without a finite place is left out.</summary>
    public void Points(IEnumerable<PlotPoint> points, Marker marker, string css)
    {
        _body.Append("<g class=\"").Append(marker == Marker.Ring ? "ring " : "dot ").Append(css).Append("\">");
        foreach (PlotPoint point in points)
        {
            if (!double.IsFinite(_x.Place(point.X)) || !double.IsFinite(_y.Place(point.Y)))
            {
                continue;
            }

            AppendMarker(marker, Across(point.X), Up(point.Y), point.Title);
        }

        _body.Append("</g>");
    }

    /// <summary>A bar from 0 up to a value over a stretch of the horizontal axis, with what it means.</summary>
    public void Bar(double from, double to, double value, string css, string title)
    {
        double left = Across(from);
        double top = Up(value);
        _body.Append("<rect class=\"").Append(css).Append("\" x=\"").Append(Markup.Number(left))
            .Append("\" y=\"").Append(Markup.Number(top)).Append("\" width=\"").Append(Markup.Number(Math.Max(1, Across(to) - left - BarGap)))
            .Append("\" height=\"").Append(Markup.Number(Up(0) - top)).Append("\"><title>").Append(Markup.Text(title)).Append("</title></rect>");
    }

    /// <summary>A straight line between two points.</summary>
    public void Segment(double x1, double y1, double x2, double y2, string css) => _body
        .Append("<line class=\"").Append(css)
        .Append("\" x1=\"").Append(Markup.Number(Across(x1))).Append("\" y1=\"").Append(Markup.Number(Up(y1)))
        .Append("\" x2=\"").Append(Markup.Number(Across(x2))).Append("\" y2=\"").Append(Markup.Number(Up(y2))).Append("\"/>");

    /// <summary>A horizontal line from side to side with its name at the right end; nothing where it lies outside the axis.</summary>
    public void HorizontalRule(double y, string css, string name, bool isNamedBelow = false)
    {
        if (_y.Place(y) is not (>= 0 and <= 1))
        {
            return;
        }

        double up = Up(y);
        _body.Append("<line class=\"").Append(css).Append("\" x1=\"0\" x2=\"").Append(InnerWidth)
            .Append("\" y1=\"").Append(Markup.Number(up)).Append("\" y2=\"").Append(Markup.Number(up)).Append("\"/>");
        bool isBelow = up < 15 || (isNamedBelow && up < InnerHeight - 15);
        Write(InnerWidth - 4, isBelow ? up + 13 : up - 4, "end", name);
        Occupy(InnerWidth - 4 - WidthOf(name), isBelow ? up + 13 : up - 4, name);
    }

    /// <summary>A vertical line from bottom to top with its name beside its upper end; nothing where it lies outside the axis.</summary>
    /// <param name="x">Where.</param>
    /// <param name="css">Its class.</param>
    /// <param name="name">Its name.</param>
    /// <param name="row">How many names stand above this one.</param>
    public void VerticalRule(double x, string css, string name, int row = 0)
    {
        if (_x.Place(x) is not (>= 0 and <= 1))
        {
            return;
        }

        double across = Across(x);
        _body.Append("<line class=\"").Append(css).Append("\" y1=\"0\" y2=\"").Append(InnerHeight)
            .Append("\" x1=\"").Append(Markup.Number(across)).Append("\" x2=\"").Append(Markup.Number(across)).Append("\"/>");
        bool isLeft = across + WidthOf(name) > InnerWidth;
        Write(isLeft ? across - 4 : across + 4, 13 + (14 * row), isLeft ? "end" : "start", name);
        Occupy(isLeft ? across - 4 - WidthOf(name) : across + 4, 13 + (14 * row), name);
    }

    /// <summary>A name beside a point, unless another one stands there already.</summary>
    public void Label(double x, double y, string name)
    {
        string shown = Markup.Cut(name, TickNameMax);
        double width = WidthOf(shown);
        double across = Across(x);
        double up = Math.Clamp(Up(y) + 4, 11, InnerHeight - 3);
        bool isLeft = across + 7 + width > InnerWidth;
        double start = isLeft ? across - 7 - width : across + 7;
        if (_labels.Any(other => Math.Abs(other.Y - up) < 13 && start < other.X + other.Width && other.X < start + width))
        {
            return;
        }

        Occupy(start, up, shown);
        Write(isLeft ? across - 7 : across + 7, up, isLeft ? "end" : "start", shown);
    }

    /// <summary>The drawing.</summary>
    public string ToSvg()
    {
        var svg = new StringBuilder(_body.Length + 4096);
        svg.Append("<svg class=\"plot\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ").Append(Width).Append(' ').Append(_height)
            .Append("\" role=\"img\" aria-label=\"").Append(Markup.Text(_description)).Append("\">");
        AppendHorizontal(svg);
        AppendVertical(svg);
        svg.Append("<svg x=\"").Append(_left).Append("\" y=\"").Append(Top).Append("\" width=\"").Append(InnerWidth)
            .Append("\" height=\"").Append(InnerHeight).Append("\">").Append(_body).Append("</svg>");
        svg.Append("<rect class=\"frame\" x=\"").Append(_left).Append("\" y=\"").Append(Top).Append("\" width=\"").Append(InnerWidth)
            .Append("\" height=\"").Append(InnerHeight).Append("\"/></svg>\n");
        return svg.ToString();
    }

    private void AppendHorizontal(StringBuilder svg)
    {
        int bottom = _height - Bottom;
        double free = double.NegativeInfinity;
        foreach ((double place, string label) in Marks(_x).OrderBy(mark => mark.Place))
        {
            double across = _left + (place * InnerWidth);
            string shown = Markup.Cut(label, TickNameMax);
            double half = shown.Length * LetterWidth / 2;
            AppendLine(svg, "grid", across, Top, across, bottom);

            // Names that would touch are left out; their lines stay.
            if (across - half < free)
            {
                continue;
            }

            free = across + half + 6;
            AppendText(svg, "tick", across, bottom + 17, "middle", shown, label);
        }

        AppendText(svg, "axis", _left + (InnerWidth / 2.0), _height - 8, "middle", _x.Label, _x.Label);
    }

    private void AppendVertical(StringBuilder svg)
    {
        foreach ((double place, string label) in Marks(_y))
        {
            double up = Top + ((1 - place) * InnerHeight);
            AppendLine(svg, "grid", _left, up, Width - Right, up);
            AppendText(svg, "tick", _left - 7, up + 4, "end", Markup.Cut(label, TickNameMax), label);
        }

        if (_y.Label.Length > 0)
        {
            string middle = Markup.Number(Top + (InnerHeight / 2.0));
            svg.Append("<text class=\"axis\" text-anchor=\"middle\" transform=\"rotate(-90 14 ").Append(middle).Append(")\" x=\"14\" y=\"").Append(middle)
                .Append("\">").Append(Markup.Text(_y.Label)).Append("</text>");
        }
    }

    private static IEnumerable<(double Place, string Label)> Marks(PlotAxis axis) =>
        axis.Ticks.Values.Zip(
            axis.Ticks.Labels,
            (value, label) => (Place: axis.Place(value), Label: label)).Where(mark => mark.Place is >= -1e-6 and <= 1 + 1e-6);

    private static void AppendLine(StringBuilder svg, string css, double x1, double y1, double x2, double y2) => svg
        .Append("<line class=\"").Append(css).Append("\" x1=\"").Append(Markup.Number(x1)).Append("\" y1=\"").Append(Markup.Number(y1))
        .Append("\" x2=\"").Append(Markup.Number(x2)).Append("\" y2=\"").Append(Markup.Number(y2)).Append("\"/>");

    private static void AppendText(StringBuilder svg, string css, double x, double y, string anchor, string shown, string whole)
    {
        svg.Append("<text class=\"").Append(css).Append("\" text-anchor=\"").Append(anchor).Append("\" x=\"").Append(Markup.Number(x))
            .Append("\" y=\"").Append(Markup.Number(y)).Append("\">").Append(Markup.Text(shown));
        if (shown.Length != whole.Length)
        {
            svg.Append("<title>").Append(Markup.Text(whole)).Append("</title>");
        }

        svg.Append("</text>");
    }

    private void AppendMarker(Marker marker, double across, double up, string? title)
    {
        string tag = marker == Marker.Diamond ? "path" : "circle";
        if (marker == Marker.Diamond)
        {
            _body.Append("<path d=\"M").Append(Markup.Number(across)).Append(' ').Append(Markup.Number(up - 4.5)).Append("l4.5 4.5-4.5 4.5-4.5-4.5z\"");
        }
        else
        {
            _body.Append("<circle r=\"3\" cx=\"").Append(Markup.Number(across)).Append("\" cy=\"").Append(Markup.Number(up)).Append('"');
        }

        if (title is null)
        {
            _body.Append("/>");
        }
        else
        {
            _body.Append("><title>").Append(Markup.Text(title)).Append("</title></").Append(tag).Append('>');
        }
    }

    private static double WidthOf(string name) => name.Length * LetterWidth;

    private void Occupy(double x, double y, string name)
    {
        if (name.Length > 0)
        {
            _labels.Add((x, y, WidthOf(name)));
        }
    }

    private void Write(double x, double y, string anchor, string name)
    {
        if (name.Length > 0)
        {
            _body.Append("<text class=\"note\" text-anchor=\"").Append(anchor).Append("\" x=\"").Append(Markup.Number(x)).Append("\" y=\"")
                .Append(Markup.Number(y))
                .Append("\">").Append(Markup.Text(name)).Append("</text>");
        }
    }

    private double Across(double x) => Tenths(_x, x, InnerWidth) / 10.0;

    private double Up(double y) => ((10 * InnerHeight) - Tenths(_y, y, InnerHeight)) / 10.0;

    /// <summary>Far outside is as good as outside, and a number that no drawing program chokes on.</summary>
    private static int Tenths(PlotAxis axis, double value, int length) => (int)Math.Round(10 * length * Math.Clamp(axis.Place(value), -2, 3));
}
