/* DALEC2 with fire in plain scalar C, written from the published equations (Bloom and Williams 2015, Bloom et al. 2016,
 * Williams et al. 1997, Fox et al. 2009): the yardstick of benchmarks/engine.py. One step after the other, one member at a
 * time, double precision, as a modeller would write it. */
#include <math.h>

#define PI 3.1415927
#define NUM_DRIVERS 7
#define NUM_PARAMETERS 23

static double offset(double lifespan, double width) {
  const double c[7] = {2.359978471e-5,    3.32730053021e-4,  9.01865258885e-4, -5.437736864888e-3,
                       -0.020836027517787, 0.126972018064287, -0.188459767342504};
  const double l = log(lifespan - 1.0);
  double sum = c[0];
  for (int k = 1; k < 7; k++) sum = sum * l + c[k];
  return width * sum;
}

static double acm(double lai, double efficiency, const double *d, double latitude) {
  const double tmin = d[1], tmax = d[2], light = d[3], ca = d[4], day = d[5];
  const double gc = pow(2.0, 0.789798) / (0.37836 + 0.5 * (tmax - tmin));
  const double p = lai * efficiency / gc * exp(0.011136 * tmax);
  const double q = 4.22273 - 208.868;
  const double m = ca + q - p;
  const double ci = 0.5 * (m + sqrt(m * m - 4.0 * (ca * q - p * 4.22273)));
  const double e0 = 7.19298 * lai * lai / (lai * lai + 2.1001);
  const double declination = -23.4 * cos(2.0 * PI * (day + 10.0) / 365.0) * PI / 180.0;
  const double mult = tan(latitude * PI / 180.0) * tan(declination);
  const double daylength = mult >= 1.0 ? 24.0 : mult <= -1.0 ? 0.0 : 24.0 * acos(-mult) / PI;
  const double pd = gc * (ca - ci);
  return e0 * light * pd / (e0 * light + pd) * (0.0156935 * daylength + 0.0453194);
}

/* Share of a pool lost per day, over a step of dt days; a daily step needs no power. */
static double lost(double k, double dt) {
#ifdef DAILY_SHORT_CUT
  if (dt == 1.0) return k;
#endif
  return (1.0 - pow(1.0 - k, dt)) / dt;
}

/* drivers (T, 7): time index, tmin, tmax, short wave, CO2, day of year, burned fraction; p (23); nbe (T) out; pools (6) out. */
void dalec2(const double *drivers, int num_steps, double latitude, const double *p, double *nbe, double *pools) {
  const double dt = drivers[NUM_DRIVERS] - drivers[0];
  const double combustion[6] = {0.1, 0.9, 0.1, 0.1, 0.5, 0.01}, resilience = 0.5;
  const double scale = 365.25 / PI;
  const double wf = p[15] * sqrt(2.0) / 2.0, wl = p[13] * sqrt(2.0) / 2.0;
  const double ff = 0.5 * (log(p[4]) - log(p[4] - 1.0)), fl = 0.5 * (log(1.001) - log(0.001));
  const double of = offset(p[4], wf), ol = offset(1.001, wl);
  double lab = p[17], fol = p[18], roo = p[19], woo = p[20], lit = p[21], som = p[22];

  for (int n = 0; n < num_steps; n++) {
    const double *d = drivers + n * NUM_DRIVERS;
    const double t = d[0], burned = d[6];
    const double gpp = acm(fol / p[16], p[10], d, latitude);
    const double warmth = exp(p[9] * 0.5 * (d[1] + d[2]));
    const double sf = sin((t - p[14] + of) / scale) * scale / wf;
    const double sl = sin((t - p[11] + ol) / scale) * scale / wl;
    const double fall = 2.0 / sqrt(PI) * (ff / wf) * exp(-sf * sf);
    const double onset = 2.0 / sqrt(PI) * (fl / wl) * exp(-sl * sl);

    const double ra = p[1] * gpp;
    const double to_fol = (gpp - ra) * p[2];
    const double to_lab = (gpp - ra - to_fol) * p[12];
    const double to_roo = (gpp - ra - to_fol - to_lab) * p[3];
    const double to_woo = gpp - ra - to_fol - to_lab - to_roo;
    const double lab2fol = lab * lost(onset, dt);
    const double fol2lit = fol * lost(fall, dt);
    const double woo2som = woo * lost(p[5], dt);
    const double roo2lit = roo * lost(p[6], dt);
    const double rh_lit = lit * lost(warmth * p[7], dt);
    const double rh_som = som * lost(warmth * p[8], dt);
    const double lit2som = lit * lost(warmth * p[0], dt);

    lab += (to_lab - lab2fol) * dt;
    fol += (to_fol + lab2fol - fol2lit) * dt;
    roo += (to_roo - roo2lit) * dt;
    woo += (to_woo - woo2som) * dt;
    lit += (fol2lit + roo2lit - rh_lit - lit2som) * dt;
    som += (lit2som + woo2som - rh_som) * dt;

    double *const pool[6] = {&lab, &fol, &roo, &woo, &lit, &som};
    double emission[6], transfer[6], fire = 0.0;
    for (int i = 0; i < 6; i++) {
      emission[i] = *pool[i] * burned * combustion[i];
      transfer[i] = i < 5 ? *pool[i] * burned * (1.0 - combustion[i]) * (1.0 - resilience) : 0.0;
      fire += emission[i] / dt;
    }
    for (int i = 0; i < 6; i++) *pool[i] -= emission[i] + transfer[i];
    lit += transfer[0] + transfer[1] + transfer[2];
    som += transfer[3] + transfer[4];
    nbe[n] = -gpp + ra + rh_lit + rh_som + fire;
  }
  pools[0] = lab, pools[1] = fol, pools[2] = roo, pools[3] = woo, pools[4] = lit, pools[5] = som;
}

/* One member after the other: p (N, 23), nbe (N, T), pools (N, 6). */
void dalec2_ensemble(const double *drivers, int num_steps, double latitude, const double *p, int num_members, double *nbe,
                     double *pools) {
  for (int i = 0; i < num_members; i++)
    dalec2(drivers, num_steps, latitude, p + i * NUM_PARAMETERS, nbe + (long)i * num_steps, pools + i * 6);
}
